import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import { eastWest, object, service, viewOf } from '../testing/fake-objects.ts';
import type { NetworkGateways } from '../values/model.ts';

const network = 'topology.istio.io/network';
const gatewayPort = 'networking.istio.io/gatewayPort';

/** In the order of istiod's lists, the networks by name. */
function all({ byNetwork }: NetworkGateways): string[] {
  return [...byNetwork.keys()].sort().flatMap((name) => {
    const gateways = byNetwork.get(name) ?? [];
    return gateways.map(
      ({ cluster, address, port, hbonePort }) => `${name} ${cluster} ${address} ${port}/${hbonePort}`,
    );
  });
}

describe('a labelled Service', () => {
  const ofService = (rest: JsonObject) => all(viewOf({ c1: [eastWest('n1', '1.1.1.1', rest)] }).gateways);

  test('is a gateway at its 15443 and 15008, whichever it has', () => {
    const spec = (...ports: number[]) => ({
      type: 'LoadBalancer',
      ports: ports.map((port) => ({ port, name: `p${port}` })),
    });
    expect(ofService({ spec: spec(15_443) })).toEqual(['n1 c1 1.1.1.1 15443/0']);
    expect(ofService({ spec: spec(15_008, 15_443) })).toEqual(['n1 c1 1.1.1.1 15443/15008']);
    expect(ofService({ spec: spec(15_008) })).toEqual(['n1 c1 1.1.1.1 0/15008']);
    expect(ofService({ spec: spec(443) })).toEqual([]);
    expect(ofService({ spec: { type: 'LoadBalancer', ports: [{ port: 15_443, protocol: 'UDP' }] } })).toEqual([]);
  });

  test('may name another port; a label that is no number is passed over', () => {
    const spec = { type: 'LoadBalancer', ports: [{ port: 443 }, { port: 15_443 }] };
    expect(ofService({ spec, labels: { [network]: 'n1', [gatewayPort]: '443' } })).toEqual(['n1 c1 1.1.1.1 443/0']);
    expect(ofService({ spec, labels: { [network]: 'n1', [gatewayPort]: 'tls' } })).toEqual(['n1 c1 1.1.1.1 15443/0']);
  });

  test('has the addresses of its load balancer and its external IPs, whatever its type', () => {
    const status = { loadBalancer: { ingress: [{ ip: '1.1.1.2' }, { ip: '1.1.1.1' }] } };
    const ports = [{ port: 15_443 }];
    expect(ofService({ status })).toHaveLength(2);
    expect(ofService({ status, spec: { type: 'ClusterIP', ports, externalIPs: ['9.9.9.9'] } })).toEqual([
      'n1 c1 9.9.9.9 15443/0',
    ]);
  });

  test('T14: without any address is none, though an istiod may still hold those that it had', () => {
    expect(ofService({ status: {} })).toEqual([]);
  });

  test('T25: of type NodePort is reached at the external addresses of the nodes that it selects', () => {
    const node = (name: string, ip: string, labels: Record<string, string> = {}) =>
      object('v1/Node', name, {
        labels,
        status: {
          addresses: [
            { type: 'InternalIP', address: '10.0.0.9' },
            { type: 'ExternalIP', address: ip },
          ],
        },
      });
    const nodes = [node('a', '2.2.2.2', { role: 'edge' }), node('b', '2.2.2.1'), node('c', '')];
    const gateway = (selector: string) =>
      eastWest('n1', '', {
        annotations: { 'traffic.istio.io/nodeSelector': selector },
        spec: {
          type: 'NodePort',
          ports: [
            { port: 15_443, nodePort: 30_443 },
            { port: 15_008, nodePort: 30_008 },
          ],
        },
      });
    const found = (selector: string) => all(viewOf({ c1: [...nodes, gateway(selector)] }).gateways);
    expect(found('{"role":"edge"}')).toEqual(['n1 c1 2.2.2.2 30443/15008']);
    expect(found('{}')).toEqual(['n1 c1 2.2.2.1 30443/15008', 'n1 c1 2.2.2.2 30443/15008']);
    expect(found('not json')).toHaveLength(2);
    // No node has an empty label, and Go reads a value that is no text as one.
    expect(found('{"role":1}')).toEqual([]);
    expect(found('{"role":"edge","rack":{}}')).toEqual([]);
  });

  test('of type NodePort without the annotation is none', () => {
    const spec = { type: 'NodePort', ports: [{ port: 15_443, nodePort: 30_443 }] };
    expect(all(viewOf({ c1: [eastWest('n1', '', { spec }), object('v1/Node', 'a')] }).gateways)).toEqual([]);
  });
});

describe('meshNetworks', () => {
  const meshNetworks = {
    networks: {
      n1: {
        endpoints: [{ fromRegistry: 'c1' }],
        gateways: [
          { address: '3.3.3.3', port: 443 },
          { registryServiceName: 'eastwest.istio-system.svc.cluster.local', port: 15_443 },
        ],
      },
    },
  };
  const plain = (ip: string) => eastWest('', ip, { labels: {} });

  test('names gateways by address, without cluster, and by Service in the clusters of the network only', () => {
    const view = viewOf({ c1: [plain('1.1.1.1')], c2: [plain('2.2.2.2')] }, { meshNetworks });
    expect(all(view.gateways)).toEqual(['n1 c1 1.1.1.1 15443/0', 'n1  3.3.3.3 443/0']);
  });

  test('gives way to the label of the Service', () => {
    const view = viewOf({ c1: [eastWest('n5', '1.1.1.1')] }, { meshNetworks });
    expect(all(view.gateways)).toEqual(['n1  3.3.3.3 443/0', 'n5 c1 1.1.1.1 15443/0']);
  });

  test.each([
    ['T20: a cluster name with a dot', { endpoints: [{ fromRegistry: 'eu.west' }] }],
    ['a range that is none', { endpoints: [{ fromCidr: '10.0.0.0/40' }] }],
    ['two sources at once', { endpoints: [{ fromCidr: '10.0.0.0/8', fromRegistry: 'c1' }] }],
    ['a port out of range', { gateways: [{ address: '1.2.3.4', port: 0 }] }],
    ['a gateway that is neither address nor host name', { gateways: [{ address: '1.2.3', port: 443 }] }],
    ['an endpoint that is no object', { endpoints: ['c1'] }],
  ])('is rejected as a whole for %s', (_, broken) => {
    const { networks } = meshNetworks;
    const view = viewOf({ c1: [] }, { meshNetworks: { networks: { ...networks, broken } } });
    expect(view.gateways.multiNetwork).toBe(false);
  });

  test('takes upper case in cluster names and plain addresses as ranges', () => {
    const { networks } = meshNetworks;
    const fine = { endpoints: [{ fromRegistry: 'EU-1' }, { fromCidr: '10.0.0.1' }], gateways: [] };
    expect(viewOf({ c1: [] }, { meshNetworks: { networks: { ...networks, fine } } }).gateways.multiNetwork).toBe(true);
  });
});

describe('a Gateway of the Kubernetes Gateway API', () => {
  const gateway = (spec: JsonObject, rest: JsonObject = {}) =>
    object('gateway.networking.k8s.io/v1/Gateway', 'istio-system/gw', {
      labels: { [network]: 'n1' },
      spec: { gatewayClassName: 'istio-remote', ...spec },
      ...rest,
    });
  const addresses = [{ type: 'IPAddress', value: '4.4.4.4' }];
  const passthrough = { port: 15_443, protocol: 'TLS', tls: { mode: 'Passthrough' } };

  test('T16: counts by the addresses of its spec; an HBONE listener is a gateway for sidecars too', () => {
    const listeners = [passthrough, { port: 15_008, protocol: 'HBONE', tls: {} }];
    const view = viewOf({ c1: [gateway({ listeners, addresses }, { status: { addresses: [{ value: '5.5.5.5' }] } })] });
    expect(all(view.gateways)).toEqual(['n1 c1 4.4.4.4 15008/15008', 'n1 c1 4.4.4.4 15443/0']);
    expect(view.gateways.byNetwork.get('n1')?.[0]?.serviceAccount).toBe('istio-system/gw-istio-remote');
  });

  test('passes through at 15443, at the port of the label, or by an option', () => {
    const tls = { options: { 'gateway.istio.io/listener-protocol': 'auto-passthrough' } };
    const listeners = [passthrough, { port: 443, tls: {} }, { port: 444, tls }, { port: 15_443 }];
    const ports = (labels: Record<string, string>) =>
      all(viewOf({ c1: [gateway({ listeners, addresses }, { labels })] }).gateways).map((text) => text.split(' ')[3]);
    expect(ports({ [network]: 'n1' })).toEqual(['444/0', '15443/0']);
    expect(ports({ [network]: 'n1', [gatewayPort]: '443' })).toEqual(['443/0', '444/0']);
    expect(ports({})).toEqual([]);
  });

  test('of class istio-remote counts in the config cluster only, of others everywhere', () => {
    const listeners = [passthrough];
    const remote = gateway({ listeners, addresses });
    expect(all(viewOf({ c1: [], c2: [remote] }).gateways)).toEqual([]);
    const own = gateway(
      { listeners, addresses, gatewayClassName: 'istio' },
      { annotations: { 'gateway.istio.io/service-account': 'sa' } },
    );
    const found = viewOf({ c1: [], c2: [own] }).gateways.byNetworkAndCluster.get('n1\nc2');
    expect(found).toMatchObject([{ address: '4.4.4.4', serviceAccount: 'istio-system/sa' }]);
  });

  test('is not looked for where the flag is off, and without the type of an address', () => {
    const flags = { PILOT_MULTI_NETWORK_DISCOVER_GATEWAY_API: 'false' };
    expect(viewOf({ c1: [gateway({ listeners: [passthrough], addresses })] }, { flags }).gateways.multiNetwork).toBe(
      false,
    );
    const untyped = gateway({ listeners: [passthrough], addresses: [{ value: '4.4.4.4' }] });
    expect(viewOf({ c1: [untyped] }).gateways.multiNetwork).toBe(false);
  });
});

describe('all gateways together', () => {
  test('T3: one gateway of any network, with nothing behind it, makes the mesh multi-network', () => {
    expect(viewOf({ c1: [service('shop/web')] }).gateways).toMatchObject({ multiNetwork: false, lcm: 1 });
    expect(viewOf({ c1: [], c2: [eastWest('far', '1.1.1.1')] }).gateways.multiNetwork).toBe(true);
  });

  test('T4: weights grow by the least common multiple of the counts by network and by network and cluster', () => {
    const balanced = (name: string, ...ips: string[]) =>
      eastWest(name, '', { status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } } });
    const view = viewOf(
      { c1: [balanced('n1', '1.1.1.1')], c2: [balanced('n2', '2.2.2.1')], c3: [balanced('n2', '2.2.2.2', '2.2.2.3')] },
      { remotes: ['c2', 'c3'] },
    );
    expect(view.gateways.lcm).toBe(6);
    expect(view.gateways.byNetworkAndCluster.get('n2\nc3')).toHaveLength(2);
  });

  test('T15: one address from two sources is two gateways', () => {
    const meshNetworks = { networks: { n1: { gateways: [{ address: '1.1.1.1', port: 15_443 }] } } };
    const view = viewOf({ c1: [eastWest('n1', '1.1.1.1')] }, { meshNetworks });
    expect(view.gateways.byNetwork.get('n1')?.map(({ cluster }) => cluster)).toEqual(['', 'c1']);
    expect(view.gateways.lcm).toBe(2);
  });

  test('are sorted by address as text, then port', () => {
    const gateways = ['10.0.0.9', '10.0.0.10', '9.0.0.1'].map((address) => ({ address, port: 443 }));
    const more = [...gateways, { address: '10.0.0.9', port: 80 }];
    const view = viewOf({ c1: [] }, { meshNetworks: { networks: { n1: { gateways: more } } } });
    expect(view.gateways.byNetwork.get('n1')?.map(({ address, port }) => `${address}:${port}`)).toEqual([
      '10.0.0.10:443',
      '10.0.0.9:80',
      '10.0.0.9:443',
      '9.0.0.1:443',
    ]);
  });
});

describe('a gateway with a host name', () => {
  const named = eastWest('n1', '', { status: { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } } });

  test('is as many gateways as the name has addresses', () => {
    const view = viewOf({ c1: [named] }, {}, { 'lb.example': ['1.1.1.2', '1.1.1.1', 'nonsense'] });
    expect(all(view.gateways)).toEqual(['n1 c1 1.1.1.1 15443/0', 'n1 c1 1.1.1.2 15443/0']);
    expect(view.gateways.unresolved).toEqual([]);
  });

  test('T13: names with and without addresses are distinguished by what they resolve to now', () => {
    const other = eastWest('n2', '', { status: { loadBalancer: { ingress: [{ hostname: 'gone.example' }] } } });
    const { gateways } = viewOf({ c1: [named], c2: [other] }, {}, { 'lb.example': ['1.1.1.1'], 'gone.example': [] });
    expect(all(gateways)).toEqual(['n1 c1 1.1.1.1 15443/0']);
    expect(gateways.unresolved.map(({ address }) => address)).toEqual(['gone.example']);
  });

  test('that nobody resolves is none, and is reported', () => {
    for (const view of [
      viewOf({ c1: [named] }),
      viewOf({ c1: [named] }, { flags: { RESOLVE_HOSTNAME_GATEWAYS: 'false' } }, { 'lb.example': ['1.1.1.1'] }),
    ]) {
      expect(view.gateways.multiNetwork).toBe(false);
      expect(view.gateways.unresolved).toMatchObject([{ address: 'lb.example', network: 'n1', cluster: 'c1' }]);
    }
  });
});
