import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeBase64Text } from '../../src/base/base64.ts';
import { mapConcurrent } from '../../src/base/concurrency.ts';
import { asIsthmusError } from '../../src/base/error.ts';
import { type Json, valueAt } from '../../src/base/json.ts';
import type { MeshSession } from '../../src/engine/mesh-session.ts';
import { openMesh } from '../../src/engine/open-mesh.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connect.ts';
import { testPorts } from '../../src/kube/testing/ports.ts';
import { nodePorts } from '../../src/node-ports.ts';
import { describeRef } from '../../src/objects/object.ts';
import type { StatusReport } from '../../src/report/status.ts';
import type { UninstallPlan } from '../../src/report/uninstall.ts';
import { eventually } from '../support/eventually.ts';
import type { ProxiedRequest } from '../support/fault-proxy.ts';
import { memoryRoots, meshText, type OneCluster, startOneCluster, west } from '../support/one-cluster.ts';
import { istiodUid, ofOthers, type TenantAttack, type TenantWrite, tenant, tenantAttacks } from '../tenant-attacks.ts';

/** The administrator of one namespace, with Istio's kinds in it, against the commands of the administrator of the mesh. */
const mallory = { user: 'mallory', uid: undefined, groups: [], extra: {} };
const rbac = 'rbac.authorization.k8s.io';

let one: OneCluster;
let session: MeshSession;
let before: Readonly<Record<string, Outcome>>;
let after: Readonly<Record<string, Outcome>>;
const outcomes = new Map<TenantAttack, string>();
let storedBytes = 0;

beforeAll(async () => {
  one = await startOneCluster('int-tenant', giveTenant);
  session = await openMesh(
    { text: meshText(), name: 'mesh.yaml' },
    { ...nodePorts(one.lab.env), roots: memoryRoots(), connect: async () => await one.connect() },
  );
  const { ok } = await session.apply({ istioctl });
  expect(ok).toBe(true);
  await someWorkload(one.direct);
  before = await everyCommand();
  await attack();
  after = await everyCommand();
});
afterAll(async () => {
  await session?.[Symbol.asyncDispose]();
  await one?.[Symbol.asyncDispose]();
});

/** The namespace, its administrator by the built-in role, and Istio's kinds in that role as platforms add them. */
async function giveTenant(admin: KubeClient): Promise<void> {
  const role = { apiVersion: `${rbac}/v1`, kind: 'ClusterRole' };
  const groups = ['networking.istio.io', 'security.istio.io', 'extensions.istio.io', 'telemetry.istio.io'];
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: tenant } },
    {
      ...role,
      metadata: { name: 'istio-for-admins', labels: { [`${rbac}/aggregate-to-admin`]: 'true' } },
      rules: [{ apiGroups: groups, resources: ['*'], verbs: ['*'] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: mallory.user, namespace: tenant },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'admin' },
      subjects: [{ kind: 'User', apiGroup: rbac, name: mallory.user }],
    },
  ];
  for (const object of objects) await admin.apply(object, { fieldManager: 'test' });
  const look = async (): Promise<string | undefined> => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: tenant, name: 'default' };
    const [whole, made] = await Promise.all([admin.get({ ...role, name: 'admin' }), admin.get(account)]);
    const has = (word: string): boolean => JSON.stringify(whole?.rules ?? '').includes(word);
    return has('networking.istio.io') && has('configmaps') && made !== undefined
      ? undefined
      : 'controllers are at work';
  };
  await eventually(look, { timeoutMs: 60_000 });
}

/** Somebody who calls and somebody who is called, in a namespace that is not the tenant's and where no istiod is needed. */
async function someWorkload(admin: KubeClient): Promise<void> {
  const cacerts = await admin.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'istio-system', name: 'cacerts' });
  const metadata = { namespace: 'default', labels: { app: 'web' } };
  const port = { name: 'http', port: 80 };
  const objects = [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio-ca-root-cert', namespace: 'default' },
      data: { 'root-cert.pem': decodeBase64Text(String(valueAt(cacerts, ['data', 'root-cert.pem']))) ?? '' },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata, name: 'web' },
      spec: { selector: { app: 'web' }, ports: [port] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, name: 'client', labels: { 'topology.istio.io/network': 'us' } },
      spec: {
        automountServiceAccountToken: false,
        containers: [
          {
            name: 'istio-proxy',
            image: 'a',
            args: ['proxy', 'sidecar'],
            env: [{ name: 'ISTIO_META_NETWORK', value: 'us' }],
          },
        ],
      },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [port],
      endpoints: [{ addresses: ['10.9.9.9'], conditions: { ready: true } }],
    },
  ];
  for (const object of objects) await admin.apply(object, { fieldManager: 'pilot-discovery' });
  const body = { status: { phase: 'Running', podIP: '10.9.9.8', conditions: [{ type: 'Ready', status: 'True' }] } };
  const path = '/api/v1/namespaces/default/pods/client/status';
  await admin.raw({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
}

/** Lets the tenant try everything, in the order of the page. */
async function attack(): Promise<void> {
  const access = { ...one.admin, impersonate: mallory };
  await using client = await connect(access, { ...testPorts, cluster: west });
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-system', name: 'istiod' };
  const uid = String((await one.direct.get(ref))?.metadata.uid);
  for (const one of tenantAttacks) {
    const answers = await mapConcurrent(one.writes, 16, async (write) => await tried(client, write, uid));
    outcomes.set(one, [...new Set(answers)].join(', '));
  }
}

async function tried(
  client: KubeClient,
  { path, body, method = 'POST', manager }: TenantWrite,
  uid: string,
): Promise<string> {
  const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const query = manager === undefined ? {} : { fieldManager: manager };
  const real: Json = JSON.parse(JSON.stringify(body).replaceAll(istiodUid, uid));
  try {
    const { length } = JSON.stringify(await client.raw({ method, path, query, body: real, contentType }));
    storedBytes += length;
    return 'Stored';
  } catch (thrown) {
    const { code, message } = asIsthmusError(thrown);
    if (code === 'access-denied') return 'Forbidden';
    return /invalid|Invalid|unprocessable|Too many|422|400/.test(message) ? 'Invalid' : `${code}: ${message}`;
  }
}

/** What a command said, and what it took to say it. */
interface Outcome {
  readonly said: unknown;
  readonly requests: readonly string[];
  readonly bytes: number;
}

const istioctl = process.env.ISTHMUS_ISTIOCTL;
const client = { from: 'west/default/client', to: { host: 'web.default.svc.cluster.local', port: 80 } };

async function everyCommand(): Promise<Readonly<Record<string, Outcome>>> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'isthmus-tenant-'));
  const commands: Readonly<Record<string, () => Promise<unknown>>> = {
    plan: async () => await session.plan({ istioctl }),
    apply: async () => await session.apply({ istioctl }),
    status: async () => await session.status({ istioctl }),
    trust: async () => await session.trust(),
    trace: async () => await session.trace(client),
    'trace of the tenant': async () =>
      await session.trace({ ...client, to: { host: `x.${tenant}.svc.cluster.local`, port: 80 } }),
    whatif: async () => await session.whatif(),
    snapshot: async () => await session.snapshot(join(folder.path, 'snapshot')),
    'uninstall --dry-run': async () => await session.planUninstall(),
  };
  const said: Record<string, Outcome> = {};
  for (const [name, command] of Object.entries(commands)) {
    one.proxy.begin();
    const report = await command().catch((thrown: unknown) => asIsthmusError(thrown).code);
    said[name] = {
      said: report,
      requests: asked(one.proxy.requests),
      bytes: one.proxy.answeredBytes,
    };
  }
  return said;
}

/** An istiod is asked over one connection or two, as its answers come: each pod counts once. */
function asked(requests: readonly ProxiedRequest[]): readonly string[] {
  const all = requests.map(({ verb, path }) => `${verb} ${path}`);
  return all.filter((one, index) => !one.includes('/portforward') || all.indexOf(one) === index);
}

test.each(tenantAttacks)('$kind: $name is $outcome', (attacked) => {
  expect(outcomes.get(attacked)).toBe(attacked.outcome);
});

describe('after it', () => {
  const ofOneMore = ['snapshot', 'uninstall --dry-run'];

  test.each(['plan', 'apply', 'status', 'trust', 'trace', 'whatif'])('%s says the same of everybody else', (name) => {
    expect(before[name]?.said).toBeTypeOf('object');
    expect(sameAs(after[name]?.said)).toEqual(sameAs(before[name]?.said));
  });

  test('status says of the pod that passes for a proxy that no istiod serves it, and is not well for that reason alone', () => {
    const { clusters } = outcome(after, 'status').said as StatusReport;
    const told = clusters.flatMap(({ findings }) => findings).map(({ code, message }) => [code, message]);
    expect(told.filter(([, message]) => message?.includes(`${tenant}/`))).toEqual([
      ['proxy-names', expect.stringContaining(`${tenant}/proxy`)],
    ]);
  });

  test('uninstall would take what it would have taken, but what another istiod would need', () => {
    // A Deployment that passes for an istiod: the certificates that istiods write into namespaces stay while one is there.
    const shared = 'ConfigMap default/istio-ca-root-cert';
    const taken = (outcomes: Readonly<Record<string, Outcome>>): readonly string[] =>
      (outcome(outcomes, 'uninstall --dry-run').said as UninstallPlan).clusters.flatMap((cluster) =>
        cluster.outcome === 'Planned' ? cluster.remove.map(describeRef) : [cluster.cluster],
      );
    expect(taken(before)).toContain(shared);
    expect(taken(after)).toEqual(taken(before).filter((name) => name !== shared));
  });

  test('no command asks more, but once of the namespace of the tenant, or reads more than it stored', () => {
    for (const [name, { requests, bytes }] of Object.entries(after)) {
      const earlier = before[name]?.requests ?? [];
      const most = earlier.length + (ofOneMore.includes(name) ? 1 : 0);
      const more = `${name}: ${requests.filter((one) => !earlier.includes(one)).join(', ')}`;
      expect(requests.length, more).toBeLessThanOrEqual(most);
      expect(bytes, name).toBeLessThanOrEqual((before[name]?.bytes ?? 0) + storedBytes);
    }
  });
});

function outcome(outcomes: Readonly<Record<string, Outcome>>, command: string): Outcome {
  const found = outcomes[command];
  if (found === undefined) throw new Error(`${command} was not run`);
  return found;
}

/** Without what the tenant's own pod makes of the verdict of status, which a test of its own is about. */
function sameAs(said: unknown): unknown {
  const { ok: _, verdict: __, ...others } = ofOthers(said) as Readonly<Record<string, unknown>>;
  return others;
}
