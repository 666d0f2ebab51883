import { expect, test } from 'vitest';
import { createFake } from '../kube/testing/fake.ts';
import type { KubeObject } from '../objects/object.ts';
import { faultsOf } from './breaking.ts';
import type { Fault } from './fault.ts';

const { signal } = new AbortController();
const service = { namespace: 'isthmus-drill-1', name: 'all' };

function deployment(name: string, replicas: number, labels: Readonly<Record<string, string>> = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'istio-system', labels },
    spec: { replicas },
  };
}

function serviceWith(selector: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: service, spec: { selector } };
}

async function faults(kind: Fault['kind'], ...objects: readonly KubeObject[]) {
  return await faultsOf(createFake({ objects }), { kind, cluster: 'west' }, { service, signal });
}

test('a gateway and every istiod go by their scale, and come back to what they had', async () => {
  const [gateway] = await faults('gateway', deployment('istio-eastwestgateway', 3));
  expect(gateway).toMatchObject({
    ref: { kind: 'Deployment', name: 'istio-eastwestgateway' },
    set: { spec: { replicas: 0 } },
    restore: { spec: { replicas: 3 } },
  });
  const istiods = await faults(
    'istiod',
    deployment('istiod', 1, { app: 'istiod' }),
    deployment('istiod-blue', 2, { app: 'istiod' }),
  );
  expect(istiods.map(({ ref, restore }) => [ref.name, restore])).toEqual([
    ['istiod', { spec: { replicas: 1 } }],
    ['istiod-blue', { spec: { replicas: 2 } }],
  ]);
});

test('endpoints go by a label that no pod has', async () => {
  expect(await faults('endpoints', serviceWith({ app: 'all' }))).toMatchObject([
    {
      set: { spec: { selector: { 'isthmus.dev/drill': 'broken' } } },
      restore: { spec: { selector: { 'isthmus.dev/drill': null } } },
    },
  ]);
});

test('nothing is broken where there is nothing, or where it is broken already', async () => {
  const refused = expect.objectContaining({ code: 'drill-refused' });
  await expect(faults('gateway')).rejects.toThrow(refused);
  await expect(faults('istiod')).rejects.toThrow(refused);
  await expect(faults('endpoints')).rejects.toThrow(refused);
  await expect(faults('gateway', deployment('istio-eastwestgateway', 0))).rejects.toThrow(refused);
  await expect(faults('endpoints', serviceWith({ app: 'all', 'isthmus.dev/drill': 'broken' }))).rejects.toThrow(
    refused,
  );
});
