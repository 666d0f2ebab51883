import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import { object, pod, service as serviceObject, slice, viewOf as viewOfObjects } from '../testing/fake-objects.ts';
import {
  ask,
  askFor,
  fakeConfig,
  fakeGateways,
  fakeHost,
  fakePassthrough,
  fakeProxy,
  fakeService,
  viewOf,
} from '../testing/fake-view.ts';
import type { Endpoint, NetworkGateway, ProxyNode } from '../values/model.ts';
import { answer } from './query.ts';
import { refusedServices } from './refusal.ts';

const networks = ['', 'n1', 'n2', 'n3'];
const clusters = ['c1', 'c2', 'c3'];
const localities = ['', 'r1/z1/s1', 'r1/z2/', 'r2/z1/s1', 'r2/z1/'];

const endpoints = fc.array(
  fc.record({
    network: fc.constantFrom(...networks),
    cluster: fc.constantFrom(...clusters),
    locality: fc.constantFrom(...localities),
    tlsMode: fc.constantFrom('istio', 'istio', 'disabled'),
    health: fc.constantFrom('HEALTHY', 'HEALTHY', 'UNHEALTHY', 'DRAINING', 'TERMINATING'),
    weight: fc.integer({ min: 0, max: 100 }),
    labels: fc.constantFrom<Record<string, string>>({}, { version: 'v1' }, { version: 'v2', app: 'x' }),
    portName: fc.constantFrom('http', 'http', 'http', 'other'),
    hasAddress: fc.boolean(),
  }),
  { maxLength: 12 },
);

const gateways = fc.array(
  fc.record({
    network: fc.constantFrom('n1', 'n2'),
    cluster: fc.constantFrom('', ...clusters),
    address: fc.constantFrom('1.1.1.1', '2.2.2.2', '3.3.3.3', '2001:db8::1'),
    port: fc.constantFrom(15443, 15443, 0),
  }),
  { maxLength: 5 },
);

const policies = fc.constantFrom<JsonObject>(
  {},
  { outlierDetection: {} },
  { outlierDetection: { minHealthPercent: 20 } },
  { tls: { mode: 'DISABLE' } },
  { tls: { mode: 'ISTIO_MUTUAL' } },
  { outlierDetection: {}, loadBalancer: { localityLbSetting: { failoverPriority: ['version', 'app=x'] } } },
  { loadBalancer: { localityLbSetting: { distribute: [{ from: '*', to: { 'r1/*': 70, 'r2/*': 30 } }] } } },
  { loadBalancer: { zoneAwareLbSetting: {} } },
);

const clients = fc.record<Partial<ProxyNode>>({
  network: fc.constantFrom(...networks),
  cluster: fc.constantFrom(...clusters),
  locality: fc.constantFrom(...localities),
  labels: fc.constantFrom<Record<string, string>>({}, { version: 'v1' }),
  view: fc.constantFrom<readonly string[]>([], ['n1']),
  type: fc.constantFrom('sidecar', 'router'),
});

type Drawn = typeof endpoints extends fc.Arbitrary<infer T> ? T : never;

function addressed(drawn: Drawn): readonly Partial<Endpoint>[] {
  return drawn.map(({ hasAddress, ...endpoint }, index) => ({
    ...endpoint,
    address: hasAddress ? `10.1.0.${index}` : '',
    port: hasAddress ? 8080 : 8000 + index,
  }));
}

const meshes = fc.record({ endpoints, gateways, policy: policies, client: clients, subset: fc.constantFrom('', 'v1') });

function answered(mesh: typeof meshes extends fc.Arbitrary<infer T> ? T : never) {
  const list = addressed(mesh.endpoints);
  const subsets = [{ name: 'v1', labels: { version: 'v1' } }];
  const rule = fakeConfig('DestinationRule', 'shop/x', { host: 'reviews', trafficPolicy: mesh.policy, subsets });
  const config = [rule, fakePassthrough];
  const distinct = new Map(mesh.gateways.map((gateway) => [JSON.stringify(gateway), gateway]));
  const view = viewOf(list, { config, gateways: [...distinct.values()] });
  const mode = mesh.client.type === 'router' ? 'sni-dnat' : 'outbound';
  return { list, view, result: ask(view, mesh.client, { subset: mesh.subset, mode }) };
}

test('property: shares add up to 100 percent or to nothing, and nobody unhealthy has one', () => {
  fc.assert(
    fc.property(meshes, (mesh) => {
      const { effective } = answered(mesh).result;
      const sum = effective.reduce((total, { share }) => total + share, 0);
      expect(sum < 1e-9 || Math.abs(sum - 100) < 1e-9).toBe(true);
      if (effective.some(({ health }) => health === 'HEALTHY') && mesh.policy.loadBalancer === undefined) {
        expect(sum).toBeGreaterThan(99);
      }
      for (const { health, share } of effective) if (health !== 'HEALTHY') expect(share).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('property: every endpoint is in the answer, behind a gateway that is, or left out for a reason', () => {
  fc.assert(
    fc.property(meshes, (mesh) => {
      const { list, result } = answered(mesh);
      const direct = new Set(result.endpoints.filter(({ via }) => via === 'pod').map(({ address }) => address));
      const excluded = new Map(result.excluded.map(({ address, explanation }) => [address, explanation]));
      const answeredNetworks = new Set(
        result.endpoints.filter(({ via }) => via === 'gateway').map(({ network }) => network),
      );
      const distributedAway = result.excluded.some(({ reason }) => reason === 'distributed-away');
      for (const { address = '', port = 0, network = '' } of list) {
        const key = `${address}:${port}`;
        const found = direct.has(key) || answeredNetworks.has(network) || distributedAway;
        expect(found || (excluded.get(key) ?? '').length > 20).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('property: the weights of the answer are those of the endpoints times the factor, less what division loses', () => {
  fc.assert(
    fc.property(meshes, (mesh) => {
      const { view, result } = answered(mesh);
      const factor = view.gateways.lcm;
      const total = result.endpoints.reduce((sum, { weight }) => sum + weight, 0);
      const all = mesh.endpoints.reduce((sum, { weight }) => sum + Math.max(weight, 1) * factor, 0);
      // A gateway of nothing counts 1.
      expect(total).toBeLessThanOrEqual(all + result.endpoints.length);
    }),
  );
});

test('property: no order of the gateways changes the answer', () => {
  fc.assert(
    fc.property(gateways, endpoints, (drawn, list) => {
      const distinct = [...new Map(drawn.map((gateway) => [`${gateway.address}${gateway.port}`, gateway])).values()];
      const sorted = (some: readonly Partial<NetworkGateway>[]) =>
        ask(viewOf(addressed(list), { gateways: some }), { network: 'n9' });
      expect(sorted(distinct.toReversed()).endpoints).toEqual(sorted(distinct).endpoints);
      expect(fakeGateways(distinct).lcm).toBeGreaterThan(0);
    }),
  );
});

test('every answer says what it takes for granted', () => {
  const { assumptions } = ask(viewOf([{}]));
  expect(assumptions.length).toBeGreaterThan(2);
  for (const sentence of assumptions) expect(sentence).toMatch(/^[A-Zi].*\.$/);
  // Traps T13, T14, T21 and T25 depend on what was before, which no snapshot tells.
  expect(assumptions.join()).toContain('nothing of an earlier state');
});

test('a host name that istiod cannot resolve is among them', () => {
  const view = viewOf([{}]);
  const unresolved = [
    { network: 'n2', cluster: 'c2', address: 'lb.example', port: 15443, hbonePort: 0, serviceAccount: '' },
  ];
  const withName = { ...view, gateways: { ...view.gateways, unresolved } };
  expect(ask(withName).assumptions.join()).toContain('lb.example');
});

test('a service without endpoints has an empty answer', () => {
  expect(ask(viewOf([]))).toMatchObject({ endpoints: [], effective: [], excluded: [] });
  expect(askFor(viewOf([]), {}, { host: 'nobody.example' })).toMatchObject({ outcome: 'None', code: 'unknown-host' });
});

test('clusters for server names belong to routers that a Gateway in mode AUTO_PASSTHROUGH selects', () => {
  const asked = { mode: 'sni-dnat' } as const;
  const view = viewOf([{}], { config: [fakePassthrough] });
  expect(askFor(view, { type: 'router' }, asked)).toMatchObject({ outcome: 'Answer' });
  expect(askFor(view, {}, asked)).toMatchObject({ code: 'no-passthrough-server' });
  expect(askFor(viewOf([{}]), { type: 'router' }, asked)).toMatchObject({ code: 'no-passthrough-server' });
  const managed = { type: 'router', labels: { 'gateway.networking.k8s.io/gateway-name': 'eastwest' } } as const;
  expect(ask(viewOf([{}]), managed, asked).assumptions.join()).toContain('Gateway API');
});

test('a Service that another cluster exports to nobody is an assumption', () => {
  const elsewhere = ({ hiddenIn }: { hiddenIn: readonly string[] }) => {
    const service = fakeService({ clusters: ['c1', 'c2'], hiddenIn });
    const found = answer(viewOf([], { service }), fakeProxy(), {
      host: fakeHost,
      port: 80,
      subset: '',
      mode: 'outbound',
    });
    return (
      found.outcome === 'Answer' && found.assumptions.some((text) => text.includes('exports the service to nobody'))
    );
  };
  expect([elsewhere({ hiddenIn: ['c2'] }), elsewhere({ hiddenIn: ['c1'] }), elsewhere({ hiddenIn: [] })]).toEqual([
    true,
    false,
    false,
  ]);
});

test('one endpoint without an address makes Envoy refuse those of all services', () => {
  const web = [serviceObject('shop/web'), pod('shop/a', '10.1.0.1'), slice('shop/web', { a: '10.1.0.1' })];
  const entry = object('networking.istio.io/v1/ServiceEntry', 'shop/vm', {
    spec: {
      hosts: ['vm.example.com'],
      resolution: 'STATIC',
      location: 'MESH_INTERNAL',
      ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
      workloadSelector: { labels: { app: 'vm' } },
    },
  });
  const machine = object('networking.istio.io/v1/WorkloadEntry', 'shop/vm-1', {
    spec: { network: 'n1', labels: { app: 'vm' } },
  });
  expect(refusedServices(viewOfObjects({ c1: [...web, entry] }), fakeProxy())).toEqual([]);
  const view = viewOfObjects({ c1: [...web, entry, machine] });
  expect(refusedServices(view, fakeProxy())).toEqual(['vm.example.com']);
  const selected = { ...machine, spec: { network: 'n1', labels: { app: 'web' } } };
  expect(refusedServices(viewOfObjects({ c1: [...web, selected] }), fakeProxy())).toEqual([
    'web.shop.svc.cluster.local',
  ]);
});
