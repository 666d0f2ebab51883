import { z } from 'zod';
import { mesh } from '../../src/api/mesh.ts';
import { meshCluster } from '../../src/api/mesh-cluster.ts';
import { meshService } from '../../src/api/mesh-service.ts';

/** The JSON Schema by which an editor completes and checks each document of a mesh file. */
export function meshFileSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(z.discriminatedUnion('kind', [mesh, meshCluster, meshService]), {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ jsonSchema }) => {
      for (const key of Object.keys(jsonSchema)) if (key.startsWith('x-kubernetes-')) delete jsonSchema[key];
    },
  });
  return {
    $schema,
    $id: 'https://isthmus.dev/schemas/v1alpha1/MeshFile.json',
    title: 'A document of a mesh file',
    ...schema,
  };
}
