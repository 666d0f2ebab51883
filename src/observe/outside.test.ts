import { expect, test } from 'vitest';
import type { JsonObject } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { istiodAddress, outsideOf } from './outside.ts';

function service(spec: JsonObject, rest: JsonObject = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'gateway', ...rest }, spec };
}

function node(name: string, labels: Readonly<Record<string, string>>, addresses: readonly JsonObject[]): KubeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status: { addresses } };
}

const external = (address: string): readonly JsonObject[] => [
  { type: 'InternalIP', address: '10.0.0.1' },
  { type: 'ExternalIP', address },
];

test('a load balancer has the addresses and names of its status, at the ports of the Service', () => {
  const ingress = [{ ip: '198.51.100.7' }, { hostname: 'gateway.example.com' }];
  const balanced: KubeObject = { ...service({ type: 'LoadBalancer' }), status: { loadBalancer: { ingress } } };
  const { hosts, portFor } = outsideOf(balanced, []);
  expect(hosts).toEqual(['198.51.100.7', 'gateway.example.com']);
  expect(portFor(15443)).toBe(15443);
  expect(outsideOf(service({ type: 'LoadBalancer' }), []).hosts).toEqual([]);
  expect(outsideOf(undefined, []).hosts).toEqual([]);
});

test('on node ports it has the external addresses of the selected nodes, at their ports', () => {
  const annotations = { 'traffic.istio.io/nodeSelector': '{"edge": "yes"}' };
  const spec = { type: 'NodePort', ports: [{ port: 15443, nodePort: 31443 }] };
  const nodes = [
    node('a', { edge: 'yes' }, external('198.51.100.7')),
    node('b', { edge: 'no' }, external('198.51.100.8')),
    node('c', { edge: 'yes' }, [{ type: 'InternalIP', address: '10.0.0.3' }]),
  ];
  const selected = outsideOf(service(spec, { annotations }), nodes);
  expect(selected.hosts).toEqual(['198.51.100.7']);
  expect([selected.portFor(15443), selected.portFor(15012)]).toEqual([31443, 15012]);
  expect(outsideOf(service(spec), nodes).hosts).toEqual(['198.51.100.7', '198.51.100.8']);
});

test('istiod is reached at the ports of its Service, or at the hosts that the mesh file gives', () => {
  const outside = { hosts: ['10.0.0.1'], portFor: (port: number) => port + 1 };
  expect(istiodAddress(outside)).toEqual({ hosts: ['10.0.0.1'], discovery: 15013, webhook: 15018 });
  expect(istiodAddress(outside, ['198.51.100.7:31443', 'gateway.example.com'])).toEqual({
    hosts: ['198.51.100.7', 'gateway.example.com'],
    discovery: 15012,
    webhook: 15017,
  });
});
