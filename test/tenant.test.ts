import { readFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../src/base/json.ts';
import { visibleIn } from '../src/cli/shell/foreign-text.ts';
import { openMesh } from '../src/engine/open-mesh.ts';
import { nodePorts } from '../src/node-ports.ts';
import { asKubeObject, type KubeObject, refOf } from '../src/objects/object.ts';
import { owned } from '../src/objects/ownership.ts';
import { inventoryObject } from '../src/plan/inventory.ts';
import { twoNetworks } from '../src/predict/testing/fake-mesh.ts';
import { fakeCluster } from '../src/remove/fake-cluster.ts';
import type { TrustReport } from '../src/report/trust.ts';
import type { UninstallPlan } from '../src/report/uninstall.ts';
import { ofOthers, type TenantWrite, tenant, tenantAttacks } from './tenant-attacks.ts';

/** The commands of the administrator of a mesh, in a cluster where a tenant has stored all that it could. */

const istiod: KubeObject = owned(
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'istiod', namespace: 'istio-system', labels: { app: 'istiod' } },
    spec: {
      replicas: 1,
      template: { spec: { containers: [{ name: 'discovery', env: [{ name: 'CLUSTER_ID', value: 'west' }] }] } },
    },
  },
  'shop',
);
const config: KubeObject = owned(
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'istio', namespace: 'istio-system' },
    data: { mesh: 'trustDomain: cluster.local\n' },
  },
  'shop',
);
const root: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'istio-ca-root-cert', namespace: 'shop' },
  data: { 'root-cert.pem': 'x' },
};
const ours = [istiod, config];
const honest: readonly KubeObject[] = [
  ...(twoNetworks().clusters[0]?.objects ?? []),
  ...ours,
  root,
  inventoryObject('shop', ours.map(refOf)),
];

/** What is too deep is left out by the client itself (src/kube/objects/lists.test.ts), which is a fake here. */
const stored = tenantAttacks.filter(({ kind, outcome }) => outcome === 'Stored' && kind !== 'deep objects');
const theirs = stored.flatMap(({ writes }) => writes.map((write) => objectOf(write)));

function objectOf({ body, manager }: TenantWrite): KubeObject {
  const object = body as { readonly metadata: JsonObject };
  const managedFields = [{ manager: manager ?? 'tenant', operation: 'Update', fieldsV1: { 'f:data': {} } }];
  const found = asKubeObject({ ...object, metadata: { managedFields, ...object.metadata, namespace: tenant } });
  if (found === undefined) throw new Error(`no object: ${JSON.stringify(object).slice(0, 200)}`);
  return found;
}

interface Outcome {
  readonly said: object;
  readonly requests: number;
}

const text = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec: {istio: {version: "1.31"}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us}
`;
const caller = 'west/shop/client';

async function everyCommand(objects: readonly KubeObject[]): Promise<Readonly<Record<string, Outcome>>> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'isthmus-tenant-'));
  let requests = 0;
  const intercept = (): void => {
    requests += 1;
  };
  const isRoot = ({ metadata: { name } }: KubeObject): boolean => name === root.metadata.name;
  const connect = async () => {
    const client = fakeCluster({ cluster: 'west', objects: objects.filter((one) => !isRoot(one)), intercept });
    const sofar = requests;
    for (const one of objects.filter(isRoot)) {
      const fieldManager = one.metadata.namespace === tenant ? 'tenant' : 'pilot-discovery';
      await client.apply(one, { fieldManager, conflicts: 'Force' });
    }
    requests = sofar;
    return client;
  };
  await using session = await openMesh({ text, name: 'mesh.yaml' }, { ...nodePorts({}), connect });
  const commands: Readonly<Record<string, () => Promise<object>>> = {
    status: async () => await session.status({ drift: 'Leave' }),
    trust: async () => await session.trust(),
    trace: async () => await session.trace({ from: caller, to: { host: 'reviews.shop.svc.cluster.local', port: 80 } }),
    'trace of what is theirs': async () =>
      await session.trace({
        from: caller,
        to: { host: `x.${tenant}.svc.cluster.local`, port: 80 },
        path: `/${'a'.repeat(2_000)}`,
      }),
    services: async () => await session.services(),
    whatif: async () => await session.whatif(),
    snapshot: async () => await session.snapshot(join(folder.path, 'snapshot')),
    uninstall: async () => await session.planUninstall(),
  };
  const outcomes: Record<string, Outcome> = {};
  for (const [name, command] of Object.entries(commands)) {
    const before = requests;
    outcomes[name] = { said: await command(), requests: requests - before };
  }
  return outcomes;
}

let before: Readonly<Record<string, Outcome>>;
let after: Readonly<Record<string, Outcome>>;
beforeAll(async () => {
  before = await everyCommand(honest);
  after = await everyCommand([...honest, ...theirs]);
}, 120_000);

test('there are forty, of two or more of most kinds, and docs/security.md lists them', () => {
  expect(tenantAttacks.length).toBeGreaterThanOrEqual(40);
  const page = readFileSync(join(import.meta.dirname, '../docs/security.md'), 'utf8');
  const start = page.indexOf('\n| KIND | what a tenant tries | at the API server |');
  const rows = page.slice(start).trim().split('\n').slice(2);
  const words = { Stored: 'stored', Forbidden: 'refused: no right', Invalid: 'refused: its form' } as const;
  expect(rows.map((row) => row.trim())).toEqual(
    tenantAttacks.map(({ kind, name, outcome }) => `| ${kind} | ${name} | ${words[outcome]} |`),
  );
  expect(theirs.length).toBeGreaterThan(600);
});

test.each(['status', 'trust', 'trace', 'whatif'])('%s says the same of everybody else', (name) => {
  expect(ofOthers(after[name]?.said)).toEqual(ofOthers(before[name]?.said));
});

test.each(['status', 'trust', 'services', 'trace', 'whatif', 'snapshot'])(
  '%s asks once more at most, for the namespace of the tenant',
  (name) => {
    expect(after[name]?.requests).toBeLessThanOrEqual((before[name]?.requests ?? 0) + 1);
  },
);

test('trust counts what istiod gave out, not what they wrote under its name', () => {
  const of = (outcome: Outcome | undefined): unknown => {
    const { verdict, clusters } = (outcome ?? { said: { clusters: [] } }).said as TrustReport;
    return { verdict, distributed: clusters.map((one) => (one.reachable ? one.distributed : one.cluster)) };
  };
  expect(of(after.trust)).toEqual(of(before.trust));
});

test('uninstall takes nothing of theirs', () => {
  const of = (outcome: Outcome | undefined): readonly unknown[] => {
    const { clusters } = (outcome ?? { said: { clusters: [] } }).said as UninstallPlan;
    return clusters.flatMap((cluster): readonly unknown[] =>
      cluster.outcome === 'Planned' ? cluster.remove : [cluster.error],
    );
  };
  expect(JSON.stringify(of(before.uninstall))).toContain('istiod');
  expect(of(after.uninstall).filter((one) => JSON.stringify(one).includes(tenant))).toEqual([]);
});

test('nothing of it reaches a terminal as it is', () => {
  const steering = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
  const texts = (value: unknown): readonly string[] =>
    typeof value === 'string'
      ? [value]
      : typeof value === 'object' && value !== null
        ? Object.values(value).flatMap(texts)
        : [];
  for (const { said } of Object.values(after))
    expect(texts(visibleIn(said)).filter((one) => steering.test(one))).toEqual([]);
});
