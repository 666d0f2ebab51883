import { describe, expect, test } from 'vitest';
import { valueAt } from '../base/json.ts';
import { exitCodeOf } from '../cli/shell/exit-code.ts';
import { createFleet, type Fleet } from '../fleet/fleet.ts';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { readText } from '../mesh/text/read-text.ts';
import { describeRight, type Right } from '../objects/right.ts';
import { resolveMesh } from '../topology/resolved-mesh.ts';
import { preflight, rightsAsked } from './preflight.ts';

const { declared } = readText(
  `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec: {istio: {version: "1.31"}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us}
`,
  'mesh.yaml',
);

const mesh = declared === undefined ? undefined : resolveMesh(declared);
const asked = mesh === undefined ? [] : rightsAsked('Apply', mesh, 'west');

/** A home cluster that grants everything but `denied`, and so not "everything" as such either. */
function granting(denied: Right): { readonly client: FakeClient; readonly fleet: Fleet } {
  const client = createFake({
    raw: ({ path, body }) => {
      if (!path.endsWith('/selfsubjectaccessreviews')) return undefined;
      const asked = valueAt(body, ['spec', 'resourceAttributes']);
      const at = (key: string): string => String(valueAt(asked, [key]) ?? '');
      const resource = at('subresource') === '' ? at('resource') : `${at('resource')}/${at('subresource')}`;
      const isDenied =
        at('verb') === denied.verb &&
        at('group') === denied.group &&
        resource === denied.resource &&
        at('namespace') === (denied.namespace ?? '');
      return { status: { allowed: at('verb') !== '*' && !isDenied } };
    },
  });
  const health = { version: 'v1.36.0', identity: 'uid', user: 'ann' };
  return { client, fleet: createFleet([{ name: 'west', state: 'Open', client, health }]) };
}

describe('preflight', () => {
  test.each(asked.map((right) => ({ right, name: describeRight(right) })))(
    'names $name where only that is missing',
    async ({ right, name }) => {
      if (mesh === undefined) throw new Error('the mesh is not declared');
      const { client, fleet } = granting(right);
      const { findings, error } = await preflight(fleet, {
        mesh,
        chosen: mesh.names,
        purpose: 'Apply',
        clock: { now: () => Date.UTC(2026, 10, 21) },
        signal: new AbortController().signal,
      });
      expect(findings).toMatchObject([
        {
          code: 'access-rights',
          cluster: 'west',
          message: `ann may not ${name}`,
          evidence: [{ at: '2026-11-21T00:00:00.000Z' }],
        },
      ]);
      expect(error?.message).toBe(`cluster west: ann may not ${name}`);
      expect(error === undefined ? undefined : exitCodeOf(error)).toBe(3);
      expect(client.counts().writes).toBe(0);
    },
  );
});
