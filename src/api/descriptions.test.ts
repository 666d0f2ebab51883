import { expect, test } from 'vitest';
import { z } from 'zod';
import { customResourceDefinitions } from './crd.ts';
import { mesh } from './mesh.ts';
import { meshCluster } from './mesh-cluster.ts';
import { meshClusterStatus } from './mesh-cluster-status.ts';
import { meshService } from './mesh-service.ts';

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
}

/** The paths of all fields below a schema, with their descriptions. */
function fieldsOf(
  { properties = {}, items }: Described,
  path = '',
): readonly (readonly [string, string | undefined])[] {
  return [
    ...Object.entries(properties).flatMap(([name, field]) => [
      [`${path}${name}`, field.description] as const,
      ...fieldsOf(field, `${path}${name}.`),
    ]),
    ...(items === undefined ? [] : fieldsOf(items, path)),
  ];
}

test.each([
  ['Mesh', mesh],
  ['MeshCluster', meshCluster],
  ["MeshCluster's status", meshClusterStatus],
  ['MeshService', meshService],
])('every field of a %s has a description, as the kind itself', (_, schema) => {
  const whole = z.toJSONSchema(schema, { io: 'input' }) as Described;
  const fields = fieldsOf(whole);
  expect(fields.length).toBeGreaterThan(8);
  expect(fields.filter(([, description]) => description === undefined)).toEqual([]);
  expect(whole.description).toBeDefined();
});

test('the definitions of the home cluster carry the descriptions of the spec', () => {
  for (const { spec } of customResourceDefinitions()) {
    const [version] = spec.versions as readonly { readonly schema: { readonly openAPIV3Schema: Described } }[];
    const root = version?.schema.openAPIV3Schema;
    const undescribed = fieldsOf(root?.properties?.spec ?? {}).filter(([, description]) => description === undefined);
    expect(undescribed).toEqual([]);
    expect(root?.description).toBeDefined();
  }
});
