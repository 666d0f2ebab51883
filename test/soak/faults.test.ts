import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessOfContext } from '../../src/kube/access/context.ts';
import { loadKubeconfig } from '../../src/kube/access/kubeconfig.ts';
import { endedWith } from '../support/cli.ts';
import { type Fault, type FaultProxy, type Rule, startFaultProxy } from '../support/fault-proxy.ts';
import { labelled } from '../support/inventory.ts';
import { startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { upstreamOf } from '../support/one-cluster.ts';
import { numbers } from '../support/random.ts';
import { say, soakSeed } from './seed.ts';

const clusters = ['west', 'east'] as const;
type Name = (typeof clusters)[number];

let lab: TestLab;
let mesh: string;
const proxies = new Map<Name, FaultProxy>();
beforeAll(async () => {
  lab = await startTestLab({ name: 'soak-faults', clusters: twoClusters });
  const config = await loadKubeconfig({ path: lab.lab.kubeconfig, environment: {}, homeFolder: '/' });
  for (const name of clusters) {
    proxies.set(name, await startFaultProxy(await upstreamOf(accessOfContext(config, name, name))));
  }
  mesh = await lab.file('mesh.yaml', meshText());
  endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
  say(`seed ${soakSeed}`);
});
afterAll(async () => {
  for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

/** Its clusters state where the others reach them: a proxy of this machine is no place for that. */
function meshText(): string {
  const documents = [
    { kind: 'Mesh', metadata: { name: 'shop' }, spec: { istio: { version: '1.31' } } },
    ...lab.lab.clusters.map(({ name, network, server }) => ({
      kind: 'MeshCluster',
      metadata: { name },
      spec: { network, injectNamespaces: ['sample'], peerServer: server },
    })),
  ];
  return documents
    .map((document) => JSON.stringify({ apiVersion: 'isthmus.dev/v1alpha1', ...document }))
    .join('\n---\n');
}

/** Of the objects of a mesh, those whose loss takes nothing else away. */
const expendable = /^(ConfigMap|Secret|Service|ServiceAccount|Role|RoleBinding|PodDisruptionBudget) istio-system\//;

/** Takes some of the mesh's objects away in both clusters. */
async function damage(next: () => number): Promise<number> {
  const lost = clusters.map(async (name) => {
    const all = (await labelled(lab, name, 'shop')).filter(
      (object) => expendable.test(object) && !/ConfigMap .*(isthmus|root-cert)|cacerts/.test(object),
    );
    const chosen = all.filter(() => next() < 0.4);
    for (const object of chosen) {
      const [kind = '', path = ''] = object.split(' ');
      const [namespace = '', what = ''] = path.split('/');
      await lab.kubectl(name, '-n', namespace, 'delete', kind, what, '--ignore-not-found');
    }
    return chosen.length;
  });
  return (await Promise.all(lost)).reduce((sum, count) => sum + count, 0);
}

/** A kubeconfig in which these clusters are reached through their proxies. */
async function kubeconfig(proxied: readonly Name[]): Promise<string> {
  const views = await Promise.all(
    clusters.map(async (name) => {
      const view = await lab.objects<KubeconfigView>(name, 'config', 'view', '--raw', '--minify', '--flatten');
      const server = proxies.get(name)?.server;
      if (!proxied.includes(name)) return view;
      return {
        ...view,
        clusters: view.clusters.map((one) => ({ ...one, cluster: { server } })),
        users: view.users.map((one) => ({ ...one, user: {} })),
      };
    }),
  );
  const merged = {
    ...views[0],
    clusters: views.flatMap((view) => view.clusters),
    contexts: views.flatMap((view) => view.contexts),
    users: views.flatMap((view) => view.users),
  };
  return await lab.file('proxied', JSON.stringify(merged));
}

interface KubeconfigView {
  readonly clusters: readonly { readonly name: string; readonly cluster: object }[];
  readonly contexts: readonly object[];
  readonly users: readonly { readonly name: string; readonly user: object }[];
}

/** Damages the mesh, applies it through the proxies of these clusters, and expects a whole mesh. */
async function survives(proxied: readonly Name[], faults: readonly Fault[], seed: number): Promise<void> {
  const next = numbers(seed);
  const lost = await damage(next);
  let met = 0;
  const rule: Rule = () => {
    const fault = next() < 0.05 ? faults[Math.floor(next() * faults.length)] : undefined;
    if (fault === undefined) return { kind: 'Pass' };
    met += 1;
    return fault;
  };
  for (const name of proxied) proxies.get(name)?.begin(rule);
  const env = { KUBECONFIG: await kubeconfig(proxied) };
  endedWith(0, await lab.isthmus.run(['apply', '-f', mesh], { env }));
  const { stdout } = endedWith(0, await lab.isthmus.run(['plan', '-f', mesh, '--exit-code']));
  expect(stdout).toContain('nothing to do');
  say(`${faults.map(nameOf).join(', ')} in ${proxied.join(' and ')}: ${met} faults, ${lost} objects recreated`);
}

function nameOf(fault: Fault): string {
  return fault.kind === 'Refuse' ? `Refuse ${fault.status}` : fault.kind;
}

const kinds: readonly Fault[] = [
  { kind: 'Refuse', status: 429, retryAfterSeconds: 1 },
  { kind: 'Refuse', status: 500 },
  { kind: 'Refuse', status: 503 },
  { kind: 'Drop' },
  { kind: 'LoseAnswer' },
  { kind: 'Truncate' },
  { kind: 'Delay', ms: 500 },
];

const each = clusters.flatMap((name) => kinds.map((fault, index) => ({ name, fault, what: nameOf(fault), index })));

test.each(each)(
  '$what in $name, once in twenty requests, costs time and nothing else',
  async ({ name, fault, index }) => {
    await survives([name], [fault], soakSeed + index);
  },
);

test.each(Array.from({ length: 20 }, (_, round) => round))('all kinds in both clusters (round %i)', async (round) => {
  await survives(clusters, kinds, soakSeed + 100 + round);
});

test('real requests cross the mesh at last', async () => {
  expect(endedWith(0, await lab.isthmus.run(['verify', '-f', mesh])).stdout).toContain('4 of 4 checks passed');
});
