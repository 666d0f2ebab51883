import { expect, test } from 'vitest';
import { apiVersion } from '../../src/api/mesh.ts';
import { createFake } from '../../src/kube/testing/fake.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { systemNamespace } from '../../src/objects/ownership.ts';
import { areAvailable, untilConditions } from './conditions.ts';

function document(name: string, status: 'True' | 'False'): KubeObject {
  const condition = { type: 'Available', status, reason: 'Confirmed', message: 'so it is' };
  const metadata = { name, namespace: systemNamespace };
  return { apiVersion, kind: 'MeshCluster', metadata, status: { conditions: [condition] } } as unknown as KubeObject;
}

const { signal } = new AbortController();

test('is over when every cluster is as awaited', async () => {
  const client = createFake({ objects: [document('west', 'True'), document('east', 'False')] });
  const waiting = untilConditions(client, { until: areAvailable(['west', 'east']), awaited: 'both', signal });
  const ref = { apiVersion, kind: 'MeshCluster', namespace: systemNamespace, name: 'east' };
  client.change(ref, (found) => ({ ...found, status: document('east', 'True').status }) as KubeObject);
  expect(await waiting).toBeGreaterThan(0);
});
