import { expect, test } from 'vitest';
import type { KubeObject } from '../../../objects/object.ts';
import type { HeldFacts, MeshObjects } from '../../facts/mesh-objects.ts';
import { gatewayHostNameFindings } from './gateway-host-name.ts';

function gateway(...ingress: readonly object[]): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'istio-eastwestgateway',
      namespace: 'istio-system',
      labels: { 'topology.istio.io/network': 'eu' },
    },
    spec: { type: 'LoadBalancer', ports: [{ name: 'tls', port: 15_443 }] },
    status: { loadBalancer: { ingress } },
  } as KubeObject;
}

const held: HeldFacts = {
  ...{ cluster: 'west', pod: 'istiod-1', peer: 'east', isSynced: true },
  ...{ endpoints: 3, served: 3, missing: 0, overdue: 0, gateways: 0, hasAddress: true },
};
const named = gateway({ hostname: 'gone.example' });

function found(service: KubeObject, more: Partial<MeshObjects> = {}): readonly string[] {
  return gatewayHostNameFindings({
    readAt: '2030-01-01T00:00:00.000Z',
    names: ['west', 'east'],
    members: [{ cluster: 'east', network: 'eu', objects: [service] }],
    istiods: [],
    remoteSecrets: [],
    held: [held],
    resolutions: {},
    ...more,
  }).map(({ cluster, message }) => `${cluster}: ${message}`);
}

const told = [
  'east: Service istio-system/istio-eastwestgateway gives out the host name gone.example, which does not resolve: istiods find no way into eu',
];

test('a host name that nobody resolves is no way in', () => {
  expect(found(named)).toEqual(told);
  expect(found(named, { held: [], resolutions: { 'gone.example': [] } })).toEqual(told);
});

test.each<[string, KubeObject, Partial<MeshObjects>]>([
  ['a name with an address', named, { resolutions: { 'gone.example': ['192.0.2.1'] } }],
  ['a name that an istiod resolves', named, { held: [{ ...held, gateways: 1 }] }],
  ['a name that was not looked up', named, { resolutions: undefined } as never],
  ['an address', gateway({ ip: '192.0.2.1' }), {}],
  ['an address beside the name', gateway({ hostname: 'gone.example' }, { ip: '192.0.2.1' }), {}],
  ['a gateway without either', gateway(), {}],
])('%s has no finding', (_, service, more) => {
  expect(found(service, more)).toEqual([]);
});
