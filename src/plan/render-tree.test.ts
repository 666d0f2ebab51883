import { describe, expect, test } from 'vitest';
import { stages } from '../istio/stages.ts';
import type { KubeObject } from '../objects/object.ts';
import { renderTree } from './render-tree.ts';

function object(kind: string, name: string, namespace?: string): KubeObject {
  return { apiVersion: 'v1', kind, metadata: namespace === undefined ? { name } : { name, namespace } };
}

describe('renderTree', () => {
  test('a folder per cluster and stage, a file per object, sorted', () => {
    const files = renderTree('west', [
      { stage: 'ControlPlane', object: object('Deployment', 'istiod', 'istio-system') },
      { stage: 'Access', object: object('ClusterRole', 'system:reader') },
      { stage: 'Namespace', object: object('Namespace', 'istio-system') },
    ]);
    expect(files.map(({ path }) => path)).toEqual([
      'west/01-namespace/namespace_istio-system.yaml',
      expect.stringMatching(/^west\/\d\d-access\/clusterrole_system%3Areader\.yaml$/),
      expect.stringMatching(/^west\/\d\d-control-plane\/deployment_istio-system_istiod\.yaml$/),
    ]);
  });

  test('folders sort as the stages follow each other, and no two objects share a file', () => {
    const everywhere = stages.flatMap((stage) => [
      { stage, object: object('Role', 'a', 'b-c') },
      { stage, object: object('Role', 'c-a', 'b') },
    ]);
    const paths = renderTree('w', everywhere).map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toEqual(paths.toSorted());
    const folders = [...new Set(paths.map((path) => path.split('/')[1]?.slice(3).replaceAll('-', '')))];
    expect(folders).toEqual(stages.map((stage) => stage.toLowerCase()));
  });
});
