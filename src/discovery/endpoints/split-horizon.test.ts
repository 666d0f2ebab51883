import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../objects/object.ts';
import { ask, type FakeView, fakeConfig, fakeHost, fakePassthrough, viewOf } from '../testing/fake-view.ts';
import type { Endpoint, IstiodView } from '../values/model.ts';

function viewWith(endpoints: readonly Partial<Endpoint>[], rest: Partial<FakeView> = {}): IstiodView {
  return viewOf(
    endpoints.map((endpoint) => ({ labels: { app: 'example' }, ...endpoint })),
    rest,
  );
}

/** `ip weight` of each endpoint, in order. */
function weights(result: ReturnType<typeof ask>): readonly string[] {
  return result.endpoints.map(({ address, weight }) => `${address.slice(0, address.lastIndexOf(':'))} ${weight}`);
}

function reasons(result: ReturnType<typeof ask>): readonly string[] {
  return result.excluded.map(({ address, reason }) => `${address} ${reason}`);
}

describe('six clusters in four networks with gateways for three', () => {
  const gateways = [
    { network: 'net1', cluster: 'c1a', address: '1.1.1.1' },
    { network: 'net2', cluster: 'c2a', address: '2.2.2.2' },
    { network: 'net2', cluster: 'c2b', address: '2.2.2.20' },
    { network: 'net2', cluster: 'c2b', address: '2.2.2.21' },
    { network: 'net3', cluster: 'c3', address: '3.3.3.3' },
  ];
  const pods = [
    { cluster: 'c1a', network: 'net1', address: '10.0.0.1' },
    { cluster: 'c1a', network: 'net1', address: '10.0.0.2' },
    { cluster: 'c1b', network: 'net1', address: '10.0.0.3', tlsMode: 'disabled' },
    { cluster: 'c2a', network: 'net2', address: '20.0.0.1' },
    { cluster: 'c2b', network: 'net2', address: '20.0.0.2' },
    { cluster: 'c2b', network: 'net2', address: '20.0.0.3' },
    { cluster: 'c4', network: 'net4', address: '40.0.0.1' },
  ];
  const setUp = (config: readonly KubeObject[] = [], version = '1.31.0'): IstiodView =>
    viewWith(pods, { gateways, config, istiod: { version } });

  test('T4: every weight, those of local pods too, is multiplied by the common multiple of gateway counts', () => {
    const local = ['10.0.0.1 6', '10.0.0.2 6', '10.0.0.3 6', '40.0.0.1 6', '2.2.2.2 6', '2.2.2.20 6', '2.2.2.21 6'];
    expect(weights(ask(setUp(), { network: 'net1', cluster: 'c1a' }))).toEqual(local);
    expect(weights(ask(setUp(), { network: 'net1', cluster: 'c1b' }))).toEqual(local);
  });

  test('the weights of several pods add up at the gateway of their network; one without a sidecar is left out', () => {
    const result = ask(setUp(), { network: 'net2', cluster: 'c2a' });
    expect(weights(result)).toEqual(['20.0.0.1 6', '20.0.0.2 6', '20.0.0.3 6', '40.0.0.1 6', '1.1.1.1 12']);
    expect(result.endpoints.at(-1)).toMatchObject({ via: 'gateway', cluster: 'c1a', network: 'net1', mtls: true });
    expect(reasons(result)).toEqual(['10.0.0.3:8080 no-mtls-cross-network']);
    expect(result.excluded[0]?.explanation).toContain('security.istio.io/tlsMode');
  });

  test('from a network without pods of the service, and from one without a gateway', () => {
    const behind = ['1.1.1.1 12', '2.2.2.2 6', '2.2.2.20 6', '2.2.2.21 6'];
    expect(weights(ask(setUp(), { network: 'net3', cluster: 'c3' }))).toEqual(['40.0.0.1 6', ...behind]);
    expect(weights(ask(setUp(), { network: 'net4', cluster: 'c4' }))).toEqual(['40.0.0.1 6', ...behind]);
  });

  test("a gateway's own cluster keeps hosts that take mutual TLS only, gateways among them", () => {
    const proxy = { type: 'router', network: 'net1', cluster: 'c1a' } as const;
    const result = ask(setUp([fakePassthrough]), proxy, { mode: 'sni-dnat' });
    expect(result.envoyCluster.name).toBe(`outbound_.80_._.${fakeHost}`);
    const kept = ['10.0.0.1 6', '10.0.0.2 6', '40.0.0.1 6', '2.2.2.2 6', '2.2.2.20 6', '2.2.2.21 6'];
    expect(weights(result)).toEqual(kept);
    expect(reasons(result)).toEqual(['10.0.0.3:8080 no-mtls-cross-network']);
  });

  test("a gateway that asks for its own network's view does not lead on to other networks", () => {
    const proxy = { type: 'router', network: 'net2', cluster: 'c2a', view: ['net2'] } as const;
    const result = ask(setUp([fakePassthrough]), proxy, { mode: 'sni-dnat' });
    expect(weights(result)).toEqual(['20.0.0.1 6', '20.0.0.2 6', '20.0.0.3 6']);
    expect(new Set(result.excluded.map(({ reason }) => reason))).toEqual(new Set(['network-view']));
  });

  const off = { mtls: { mode: 'DISABLE' } };
  const rule = (trafficPolicy: object, subset?: object): KubeObject =>
    fakeConfig('DestinationRule', 'shop/example', {
      host: fakeHost,
      ...JSON.parse(JSON.stringify({ trafficPolicy, subsets: subset === undefined ? [] : [subset] })),
    });
  const tls = (mode: string): object => ({ tls: { mode } });
  const atPort = (mode: string): object => ({ portLevelSettings: [{ port: { number: 80 }, tls: { mode } }] });
  const one = (policy: object): object => ({ name: 'one', labels: { app: 'example' }, trafficPolicy: policy });
  const pool = { connectionPool: { tcp: { maxConnections: 100 } } };

  const cases: readonly [string, 'crosses' | 'stays', readonly KubeObject[], string][] = [
    [
      'a policy with a selector in the root namespace is ignored',
      'crosses',
      [fakeConfig('PeerAuthentication', 'istio-system/x', { selector: { matchLabels: { app: 'example' } }, ...off })],
      '',
    ],
    [
      'strict for the mesh',
      'crosses',
      [fakeConfig('PeerAuthentication', 'istio-system/x', { mtls: { mode: 'STRICT' } })],
      '',
    ],
    ['off for the mesh', 'stays', [fakeConfig('PeerAuthentication', 'istio-system/x', off)], ''],
    ['off for the namespace', 'stays', [fakeConfig('PeerAuthentication', 'shop/x', off)], ''],
    [
      'off for the workload',
      'stays',
      [fakeConfig('PeerAuthentication', 'shop/x', { selector: { matchLabels: { app: 'example' } }, ...off })],
      '',
    ],
    [
      'off for the target port',
      'stays',
      [
        fakeConfig('PeerAuthentication', 'shop/x', {
          selector: { matchLabels: { app: 'example' } },
          portLevelMtls: { 8080: { mode: 'DISABLE' } },
        }),
      ],
      '',
    ],
    [
      'off for the service port, which is not what counts',
      'crosses',
      [
        fakeConfig('PeerAuthentication', 'shop/x', {
          selector: { matchLabels: { app: 'example' } },
          portLevelMtls: { 80: { mode: 'DISABLE' } },
        }),
      ],
      '',
    ],
    [
      'T11: on by the client’s rule overrides off by the server’s policy',
      'crosses',
      [fakeConfig('PeerAuthentication', 'shop/x', off), rule(tls('ISTIO_MUTUAL'))],
      '',
    ],
    ['on for the port', 'crosses', [rule(atPort('ISTIO_MUTUAL'))], ''],
    ['T12: off by the rule', 'stays', [rule(tls('DISABLE'))], ''],
    ['T12: simple TLS counts as off', 'stays', [rule(tls('SIMPLE'))], ''],
    ['T12: mutual TLS with own certificates counts as off', 'stays', [rule(tls('MUTUAL'))], ''],
    ['off for the port', 'stays', [rule(atPort('DISABLE'))], ''],
    ['off for the subset, on for the host', 'stays', [rule(tls('ISTIO_MUTUAL'), one(tls('DISABLE')))], 'one'],
    ['on for the subset, off for the host', 'crosses', [rule(tls('DISABLE'), one(tls('ISTIO_MUTUAL')))], 'one'],
    ['a subset that says nothing falls back to off', 'stays', [rule(tls('DISABLE'), one(pool))], 'one'],
    ['a subset that says nothing falls back to on', 'crosses', [rule(tls('ISTIO_MUTUAL'), one(pool))], 'one'],
    [
      'T26: a port without TLS settings falls back to the host’s for endpoints',
      'stays',
      [rule({ ...tls('DISABLE'), portLevelSettings: [{ port: { number: 80 }, ...pool }] })],
      '',
    ],
  ];

  test.each(cases)('%s: traffic %s', (...[, outcome, config, subset]) => {
    const result = ask(setUp(config), { network: 'net2', cluster: 'c2a' }, { subset });
    const local = ['20.0.0.1 6', '20.0.0.2 6', '20.0.0.3 6', '40.0.0.1 6'];
    expect(weights(result)).toEqual(outcome === 'crosses' ? [...local, '1.1.1.1 12'] : local);
  });

  test('before 1.31 a subset that says nothing does not fall back to off', () => {
    const config = [rule(tls('DISABLE'), one(pool))];
    const result = ask(setUp(config, '1.30.4'), { network: 'net2', cluster: 'c2a' }, { subset: 'one' });
    expect(weights(result)).toContain('1.1.1.1 12');
  });

  test('T26: the cluster itself inherits nothing for the port and uses mutual TLS', () => {
    const config = [rule({ ...tls('DISABLE'), portLevelSettings: [{ port: { number: 80 }, ...pool }] })];
    expect(ask(setUp(config), { network: 'net2', cluster: 'c2a' }).envoyCluster.tls).toBe('Auto');
  });
});

describe('four networks with 1, 1, 2 and no gateways, and 1 to 4 pods', () => {
  const gateways = [
    { network: 'network1', address: '159.122.219.1', port: 80 },
    { network: 'network2', address: '159.122.219.2', port: 80 },
    { network: 'network3', address: '159.122.219.3', port: 80 },
    { network: 'network3', address: '179.114.119.3', port: 80 },
  ];
  const pods = [1, 2, 3, 4].flatMap((network) =>
    Array.from({ length: network }, (_, index) => ({
      cluster: `cluster${network}`,
      network: `network${network}`,
      address: `10.${network}.0.${index + 1}`,
    })),
  );
  const toNetwork4 = [1, 2, 3, 4].map((index) => `10.4.0.${index} 2`);
  const expected: readonly [string, readonly string[]][] = [
    ['network1', ['10.1.0.1 2', ...toNetwork4, '159.122.219.2 4', '159.122.219.3 3', '179.114.119.3 3']],
    ['network2', ['10.2.0.1 2', '10.2.0.2 2', ...toNetwork4, '159.122.219.1 2', '159.122.219.3 3', '179.114.119.3 3']],
    ['network3', ['10.3.0.1 2', '10.3.0.2 2', '10.3.0.3 2', ...toNetwork4, '159.122.219.1 2', '159.122.219.2 4']],
    ['network4', [...toNetwork4, '159.122.219.1 2', '159.122.219.2 4', '159.122.219.3 3', '179.114.119.3 3']],
  ];

  test.each(expected)('from %s', (network, wanted) => {
    expect(weights(ask(viewWith(pods, { gateways }), { network }))).toEqual(wanted);
  });
});

describe('traps', () => {
  const remote = { cluster: 'c2', network: 'n2', address: '20.0.0.1' };

  test('T2: the gateway of a network whose pods are all unready gets their weight and counts as healthy', () => {
    const view = viewWith([{ ...remote, health: 'UNHEALTHY' }], { gateways: [{ network: 'n2', address: '2.2.2.2' }] });
    const result = ask(view, { network: 'n1' });
    expect(result.endpoints).toMatchObject([{ address: '2.2.2.2:15443', weight: 1, health: 'HEALTHY' }]);
    expect(result.effective).toMatchObject([{ share: 100 }]);
  });

  test('T3: without any gateway pods of other networks are reached directly', () => {
    expect(weights(ask(viewWith([remote]), { network: 'n1' }))).toEqual(['20.0.0.1 1']);
  });

  test('T3: a gateway of any network, even the client’s own, switches gateways on; a network without one stays direct', () => {
    const view = viewWith([remote], { gateways: [{ network: 'n1', address: '1.1.1.1' }] });
    expect(weights(ask(view, { network: 'n1' }))).toEqual(['20.0.0.1 1']);
  });

  test('T5: a gateway is sent once for each locality of the pods behind it, and Envoy keeps the first', () => {
    const pods = [
      { ...remote, locality: 'r2/z2/' },
      { ...remote, address: '20.0.0.2', locality: 'r1/z1/' },
      { ...remote, address: '20.0.0.3', locality: 'r1/z1/' },
    ];
    const view = viewWith(pods, { gateways: [{ network: 'n2', address: '2.2.2.2' }] });
    const result = ask(view, { network: 'n1' });
    expect(result.endpoints.map(({ locality, weight }) => [locality, weight])).toEqual([
      ['r1/z1/', 2],
      ['r2/z2/', 1],
    ]);
    expect(result.effective.map(({ locality, share }) => [locality, share])).toEqual([['r1/z1/', 100]]);
    expect(reasons(result)).toEqual(['2.2.2.2:15443 envoy-duplicate']);
  });

  test('T6: a client without a network goes through gateways where there are any, and endpoints without one are direct', () => {
    const pods = [
      { address: '3.3.3.3', network: 'none-known' },
      { address: '10.10.10.10', network: 'n1' },
      { address: '', network: 'n2', workload: 'vm' },
      { address: '', network: 'none-known', workload: 'lost' },
      { address: '4.4.4.4', network: '' },
    ];
    const gateways = [
      { network: 'n1', address: '1.1.1.1' },
      { network: 'n2', address: '2.2.2.2' },
    ];
    const result = ask(viewWith(pods, { gateways }), { network: '' });
    expect(weights(result)).toEqual(['3.3.3.3 1', '4.4.4.4 1', '1.1.1.1 1', '2.2.2.2 1']);
    expect(result.excluded.map(({ reason }) => reason)).toEqual(['no-address-no-gateway']);
  });

  test('T15: two gateways of one address are two: the weights are as of two, and Envoy drops the second', () => {
    const gateways = [
      { network: 'n2', address: '2.2.2.2', cluster: '' },
      { network: 'n2', address: '2.2.2.2', cluster: 'c9' },
    ];
    const result = ask(viewWith([remote], { gateways }), { network: 'n1' });
    expect(weights(result)).toEqual(['2.2.2.2 1', '2.2.2.2 1']);
    expect(reasons(result)).toEqual(['2.2.2.2:15443 envoy-duplicate']);
    expect(result.assumptions.join()).toContain('share an address');
  });

  test('T17: gateways of the other IP family are dropped after the factor is computed, which loses weight', () => {
    const gateways = [
      { network: 'n2', address: '2.2.2.2' },
      { network: 'n2', address: '2.2.2.3' },
      { network: 'n2', address: '2001:db8::2' },
      { network: 'n3', address: '3.3.3.1' },
      { network: 'n3', address: '3.3.3.2' },
    ];
    const view = viewWith([remote, { ...remote, address: '20.0.0.2' }, { address: '10.1.0.1', network: 'n1' }], {
      gateways,
    });
    expect(weights(ask(view, { network: 'n1', ips: ['10.0.0.9'] }))).toEqual(['10.1.0.1 6', '2.2.2.2 6', '2.2.2.3 6']);
    const onIpv6 = ask(view, { network: 'n1', ips: ['2001:db8::9'] });
    expect(onIpv6.endpoints.map(({ address, weight }) => [address, weight])).toEqual([
      ['10.1.0.1:8080', 6],
      ['[2001:db8::2]:15443', 12],
    ]);
    expect(weights(ask(view, { network: 'n1', ips: ['10.0.0.9', '2001:db8::9'] }))).toHaveLength(4);
  });

  test('T17: where no gateway has the client’s family the endpoint is left out', () => {
    const view = viewWith([remote], { gateways: [{ network: 'n2', address: '2001:db8::2' }] });
    expect(reasons(ask(view, { network: 'n1', ips: ['10.0.0.9'] }))).toEqual([
      '20.0.0.1:8080 no-reachable-gateway-ipfamily',
    ]);
  });

  test('weight that does not divide evenly is lost, and none at all counts as 1', () => {
    const gateways = [
      { network: 'n2', cluster: 'c2', address: '2.2.2.1' },
      { network: 'n2', cluster: 'c2', address: '2.2.2.2' },
      { network: 'n2', cluster: 'c2', address: '2001:db8::2' },
    ];
    const view = viewWith([{ ...remote, weight: 5 }], { gateways });
    expect(weights(ask(view, { network: 'n1', ips: ['10.0.0.9'] }))).toEqual(['2.2.2.1 7', '2.2.2.2 7']);
  });

  test('T23: a cluster with nothing but an HBONE gateway is reached directly rather than by another cluster’s gateway', () => {
    const gateways = [
      { network: 'n2', cluster: 'c2', address: '2.2.2.2', port: 0, hbonePort: 15008 },
      { network: 'n2', cluster: 'c3', address: '2.2.2.3' },
    ];
    expect(weights(ask(viewWith([remote], { gateways }), { network: 'n1' }))).toEqual(['20.0.0.1 2']);
  });

  test('T24: without gateways an entry without an address is sent with an empty one', () => {
    const result = ask(viewWith([{ address: '', network: 'n2' }]), { network: 'n1' });
    expect(result.endpoints.map(({ address }) => address)).toEqual([':8080']);
  });

  test('a weight beyond 32 bits is clipped', () => {
    const gateways = [1, 2, 3].map((index) => ({ network: 'n2', address: `2.2.2.${index}` }));
    const view = viewWith([{ address: '10.1.0.1', network: 'n1', weight: 0xffffffff }], { gateways });
    expect(weights(ask(view, { network: 'n1' }))).toEqual([`10.1.0.1 ${0xffffffff}`]);
  });
});
