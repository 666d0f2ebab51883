import { expect, test } from 'vitest';
import { networkLabel } from '../istio/names.ts';
import { createFake } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import type { KubeObject } from '../objects/object.ts';
import { readInstalled } from './installed.ts';
import { findInstalledGateway } from './installed-gateway.ts';

const signal = new AbortController().signal;
const label = { [networkLabel]: 'us' };

const gateways = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gateways.networking.istio.io' },
  spec: {
    group: 'networking.istio.io',
    names: { kind: 'Gateway', plural: 'gateways' },
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true }],
  },
};

function namespace(name: string, labels: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** A Service and a Gateway that lead into the cluster. */
function wayIn(where: string, name: string): readonly KubeObject[] {
  const metadata = { namespace: where, name, labels: label };
  const tls = { mode: 'AUTO_PASSTHROUGH' };
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 15_443 }], externalIPs: ['203.0.113.9'] } },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata,
      spec: { servers: [{ port: { number: 15_443 }, tls, hosts: ['*.local'] }] },
    },
  ];
}

async function clusterWith(objects: readonly KubeObject[]) {
  const client = createFake({ clock: handClock() });
  for (const object of [gateways, namespace('istio-system', label), ...objects]) {
    await client.apply(object, { fieldManager: 'somebody' });
  }
  return client;
}

const query = { mesh: 'shop', crypto: globalThis.crypto, signal };

test('a gateway in the namespace of a tenant is no way into the cluster, and is named', async () => {
  const client = await clusterWith([namespace('a-tenant'), ...wayIn('a-tenant', 'gateway')]);
  const { istio, isExposed } = await readInstalled(client, query);
  expect({ gateways: istio.gateways, isExposed }).toEqual({ gateways: [], isExposed: false });
  expect(istio.elsewhere).toEqual(
    ['Service', 'Gateway'].map((kind) => ({ kind, namespace: 'a-tenant', name: 'gateway' })),
  );
  expect(await findInstalledGateway(client, 'us', signal)).toBeUndefined();
});

test.each([
  ['istio-system', []],
  ['gateways', [namespace('gateways', label)]],
])("one in %s is, and comes before a tenant's", async (where, more) => {
  const tenant = [namespace('a-tenant'), ...wayIn('a-tenant', 'gateway')];
  const client = await clusterWith([...tenant, ...more, ...wayIn(where, 'eastwest')]);
  const { istio, isExposed } = await readInstalled(client, query);
  expect(istio.gateways.map((one) => `${one.namespace}/${one.name}`)).toEqual([`${where}/eastwest`]);
  expect(isExposed).toBe(true);
  expect(istio.elsewhere).toHaveLength(2);
  expect(await findInstalledGateway(client, 'us', signal)).toBeDefined();
});
