import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import type { JsonObject } from '../base/json.ts';
import { trafficLines } from '../cli/plan/traffic-text.ts';
import { createFake, type FakeOptions } from '../kube/testing/fake.ts';
import type { KubeObject } from '../objects/object.ts';
import { twoNetworks } from '../predict/testing/fake-mesh.ts';
import { type PlanTraffic, planTraffic } from './plan-traffic.ts';
import { reportedTraffic } from './reporting/plan.ts';

const system = 'istio-system';
const signal = new AbortController().signal;

function istiod(cluster: string): KubeObject {
  const containers = [{ name: 'discovery', env: [{ name: 'CLUSTER_ID', value: cluster }] }];
  const metadata = { name: 'istiod', namespace: system, labels: { app: 'istiod' } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: { spec: { containers } } } };
}

function remoteSecret(cluster: string): KubeObject {
  const metadata = {
    name: `istio-remote-secret-${cluster}`,
    namespace: system,
    labels: { 'istio/multiCluster': 'true' },
  };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: { [cluster]: 'eA==' } };
}

/** The two-network mesh with its control planes, of which each reads the other. */
function clients(secrets: boolean, more: FakeOptions = {}) {
  const fakes = twoNetworks().clusters.map(({ cluster, objects }) => {
    const peer = cluster === 'west' ? 'east' : 'west';
    const own = [...objects, istiod(cluster), ...(secrets ? [remoteSecret(peer)] : [])];
    return [cluster, createFake({ cluster, objects: own, ...more })] as const;
  });
  return { clients: new Map(fakes), unreachable: new Map(), signal };
}

function lay(object: KubeObject, cluster = 'west') {
  return { cluster, action: 'Lay', object } as const;
}

function rule(spec: JsonObject): KubeObject {
  const metadata = { name: 'reviews', namespace: 'shop' };
  const host = 'reviews.shop.svc.cluster.local';
  return { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata, spec: { host, ...spec } };
}

function text(traffic: PlanTraffic): string {
  return trafficLines(reportedTraffic(traffic), false).join('\n');
}

describe('what a plan changes for traffic', () => {
  test('is what its objects change, for each service and caller', async () => {
    const traffic = await planTraffic([lay(rule({ trafficPolicy: { tls: { mode: 'DISABLE' } } }))], clients(true));
    expect(traffic).toMatchObject({
      outcome: 'Predicted',
      change: { counts: { Moved: 1, Degraded: 1, Unchanged: 2 } },
    });
    expect(text(traffic)).toMatch(/^what changes for traffic\n/);
    expect(text(traffic)).toMatch(/moved +reviews\.shop\.svc\.cluster\.local:80 +west +west 50%, east 50% +west 100%/);
  });

  test('follows from remote secrets that come or go', async () => {
    const joined = await planTraffic([lay(remoteSecret('east'))], clients(false));
    expect(text(joined)).toMatch(/restored +details\S+ +west +NO_\S+|restored +details/);
    const left = await planTraffic(
      [{ cluster: 'west', action: 'Delete', object: remoteSecret('east') }],
      clients(true),
    );
    expect(text(left)).toMatch(/unreachable +details\.shop/);
  });

  test('takes a gateway that the plan makes for one that will have its address', async () => {
    const isGateway = ({ kind, metadata }: KubeObject): boolean => kind === 'Service' && metadata.name === 'eastwest';
    const [west, east] = twoNetworks().clusters;
    const gateway = east?.objects.find(isGateway);
    if (west === undefined || east === undefined || gateway === undefined) throw new Error('the mesh has two gateways');
    const { status: _, ...withoutAddress } = gateway;
    const fakes = [west, east].map(({ cluster, objects }) => {
      const own = [
        ...objects.filter((one) => !isGateway(one)),
        istiod(cluster),
        remoteSecret(cluster === 'west' ? 'east' : 'west'),
      ];
      return [cluster, createFake({ cluster, objects: own })] as const;
    });
    const traffic = await planTraffic([lay(withoutAddress, 'east')], {
      clients: new Map(fakes),
      unreachable: new Map(),
      signal,
    });
    expect(traffic).toMatchObject({ outcome: 'Predicted', change: { counts: { Unreachable: 0, Degraded: 0 } } });
  });

  test('is predicted for a ConfigMap that goes, of which a plan knows the metadata alone', async () => {
    const gone = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace: system } };
    const traffic = await planTraffic([{ cluster: 'west', action: 'Delete', object: gone }], clients(true));
    expect(traffic.outcome).toBe('Predicted');
  });

  test('is nothing where no object decides about it, and then nothing is read', async () => {
    const mesh = clients(true);
    const inventory: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'inventory', namespace: 'isthmus-system' },
    };
    expect(await planTraffic([lay(inventory)], mesh)).toEqual({ outcome: 'None' });
    expect([...mesh.clients.values()].map((client) => client.counts().requests)).toEqual([0, 0]);
    expect(text({ outcome: 'None' })).toBe('');
  });

  test('is said to be nothing where the objects make no difference', async () => {
    expect(text(await planTraffic([lay(rule({}))], clients(true)))).toContain(
      'nothing, for the services and callers that exist already',
    );
  });

  test('is not predicted where the mesh may not be read, and the reason is given', async () => {
    const intercept: FakeOptions['intercept'] = (call) => {
      if (call.kind === 'Pod') throw new IsthmusError('access-denied', 'you may not list pods');
    };
    const traffic = await planTraffic([lay(rule({}))], clients(true, { intercept }));
    expect(text(traffic)).toBe('what changes for traffic\n  not predicted: you may not list pods');
  });
});
