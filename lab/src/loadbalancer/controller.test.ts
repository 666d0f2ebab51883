import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { isJsonObject, type JsonObject, valueAt } from '../../../src/base/json.ts';
import type { RawRequest, WatchEvent } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/objects/object.ts';
import { type BalancedCluster, runLoadBalancers } from './controller.ts';
import { type Translation, translationRules, type WanLink } from './wan-link.ts';

const pool = ['198.19.0.32', '198.19.0.33'];
const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-lb-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function service(name: string, spec: JsonObject, more: JsonObject = {}): KubeObject {
  const metadata = { namespace: 'n', name, ...(isJsonObject(more.metadata) ? more.metadata : {}) };
  return { apiVersion: 'v1', kind: 'Service', spec: { clusterIP: '10.96.0.9', ...spec }, ...more, metadata };
}

const balanced = { type: 'LoadBalancer' };

interface Outcome {
  readonly link: ReadonlySet<string>;
  readonly ingress: Readonly<Record<string, unknown>>;
  readonly translations: readonly Translation[];
  readonly hosts: string;
  readonly log: readonly string[];
}

/** What stands after the load balancer has seen these events of one cluster, called west. */
async function after(
  events: readonly WatchEvent[],
  start: { readonly link?: readonly string[]; readonly refuse?: number } = {},
): Promise<Outcome> {
  const onLink = new Set(['198.19.0.1', ...(start.link ?? [])]);
  const ingress: Record<string, unknown> = {};
  let translations: readonly Translation[] = [];
  let refusals = start.refuse ?? 0;
  const log: string[] = [];
  const link: WanLink = {
    addresses: async () => [...onLink],
    add: async (address) => void onLink.add(address),
    remove: async (address) => void onLink.delete(address),
    translate: async (wanted) => {
      translations = wanted;
    },
  };
  const client: BalancedCluster['client'] = {
    cluster: 'west',
    watch: async function* () {
      yield* events;
    },
    raw: async (request: RawRequest) => {
      refusals -= 1;
      if (refusals >= 0) throw new Error('the API server is away');
      ingress[request.path] = valueAt(request.body, ['status', 'loadBalancer', 'ingress']);
      return {};
    },
  };
  const hostsFile = join(folder, 'hosts');
  const { signal } = new AbortController();
  await runLoadBalancers({
    clusters: [{ client, link, pool }],
    hostsFile,
    clock,
    log: (line) => log.push(line),
    signal,
  });
  onLink.delete('198.19.0.1');
  return { link: onLink, ingress, translations, hosts: readFileSync(hostsFile, 'utf8'), log };
}

const statusOf = (name: string): string => `/api/v1/namespaces/n/services/${name}/status`;

describe('runLoadBalancers', () => {
  test('a Service of the type is reachable before its status says so', async () => {
    const { link, ingress } = await after([
      { type: 'Listed', objects: [service('plain', { type: 'ClusterIP' })] },
      { type: 'Added', object: service('gateway', balanced) },
    ]);
    expect([...link]).toEqual(['198.19.0.32']);
    expect(ingress).toEqual({ [statusOf('gateway')]: [{ ip: '198.19.0.32' }] });
  });

  test('a status that is right already is not written', async () => {
    const status = { loadBalancer: { ingress: [{ ip: '198.19.0.33' }] } };
    const { link, ingress } = await after([{ type: 'Listed', objects: [service('gateway', balanced, { status })] }]);
    expect([...link]).toEqual(['198.19.0.33']);
    expect(ingress).toEqual({});
  });

  test('a deleted Service gives its address back', async () => {
    const { link } = await after([
      { type: 'Listed', objects: [service('gateway', balanced)] },
      { type: 'Deleted', object: service('gateway', balanced) },
    ]);
    expect([...link]).toEqual([]);
  });

  test('a Service that changes its type loses address and status', async () => {
    const status = { loadBalancer: { ingress: [{ ip: '198.19.0.32' }] } };
    const { link, ingress } = await after([
      { type: 'Listed', objects: [service('gateway', balanced, { status })] },
      { type: 'Modified', object: service('gateway', { type: 'ClusterIP' }, { status }) },
    ]);
    expect([...link]).toEqual([]);
    expect(ingress).toEqual({ [statusOf('gateway')]: null });
  });

  test('what another load balancer serves is left alone', async () => {
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };
    const other = service('gateway', { ...balanced, loadBalancerClass: 'example.test/other' }, { status });
    const { link, ingress } = await after([{ type: 'Listed', objects: [other] }]);
    expect([...link]).toEqual([]);
    expect(ingress).toEqual({});
  });

  test('addresses of an earlier run that nobody wants are removed', async () => {
    const { link } = await after([{ type: 'Listed', objects: [] }], { link: ['198.19.0.33'] });
    expect([...link]).toEqual([]);
  });

  test('with the annotation the status holds a host name only, which the hosts file resolves', async () => {
    const metadata = { annotations: { 'isthmus.dev/lab-hostname': 'true' } };
    const { ingress, hosts, translations } = await after([
      { type: 'Listed', objects: [service('gateway', balanced, { metadata })] },
    ]);
    expect(ingress).toEqual({ [statusOf('gateway')]: [{ hostname: 'gateway-n.west.lb.lab.test' }] });
    expect(hosts).toBe('198.19.0.32 gateway-n.west.lb.lab.test\n');
    expect(translations).toEqual([{ address: '198.19.0.32', clusterIp: '10.96.0.9' }]);
  });

  test('a host name goes with its Service', async () => {
    const object = service('gateway', balanced, { metadata: { annotations: { 'isthmus.dev/lab-hostname': 'true' } } });
    const { hosts, translations } = await after([
      { type: 'Listed', objects: [object] },
      { type: 'Deleted', object },
    ]);
    expect(hosts).toBe('');
    expect(translations).toEqual([]);
  });

  test('a refused write is tried again', async () => {
    const { ingress } = await after([{ type: 'Listed', objects: [service('gateway', balanced)] }], { refuse: 2 });
    expect(ingress).toEqual({ [statusOf('gateway')]: [{ ip: '198.19.0.32' }] });
  });

  test('an empty pool is reported, and costs the others nothing', async () => {
    const objects = ['a', 'b', 'c'].map((name) => service(name, balanced));
    const { link, log } = await after([{ type: 'Listed', objects }]);
    expect([...link].sort()).toEqual(pool);
    expect(log).toContain('west: no address is left for Service n/c');
  });
});

describe('translationRules', () => {
  test('leads an address to its cluster IP and back, from the WAN only', () => {
    const rules = translationRules('wan0', [{ address: '198.19.0.32', clusterIp: '10.96.0.9' }]);
    expect(rules).toContain('iifname "wan0" ip daddr 198.19.0.32 ip daddr set 10.96.0.9');
    expect(rules).toContain('oifname "wan0" ip saddr 10.96.0.9 ip saddr set 198.19.0.32');
  });
});
