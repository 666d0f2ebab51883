import { join } from 'node:path';
import { expect } from 'vitest';
import { apiVersion } from '../../../src/api/mesh.ts';
import type { Condition, ConditionType, MeshClusterStatus } from '../../../src/api/mesh-cluster-status.ts';
import { endedWith } from '../cli.ts';
import { eventually } from '../eventually.ts';
import { istioValuesOfTheLab } from '../helm.ts';
import { identities } from '../inventory.ts';
import { checkout, type TestLab } from '../lab.ts';
import { type SteadyClients, startSteadyClients } from './steady.ts';

export const home = 'west';
export const inSystem = ['-n', 'isthmus-system'] as const;
export const inIstio = ['-n', 'istio-system'] as const;

/** What may go for a moment without an effect on requests; there is one where istiod has two pods. */
const expendable = [...inIstio, 'poddisruptionbudget', 'istiod'] as const;
/** An operator that was killed is waited for, and a watch that is silent. */
const backWithinMs = 300_000;
const wholeWithinMs = 300_000;

/** The uids of the objects of the mesh, by cluster and object. */
export type Held = ReadonlyMap<string, string>;

/** A mesh of clusters on networks of their own, through which steady clients of west and east call. */
export interface Site {
  readonly lab: TestLab;
  /** The mesh file. */
  readonly mesh: string;
  readonly clients: SteadyClients;
  /** Deletes an object of the mesh that no request needs. */
  lose(cluster: string): Promise<void>;
  /** Waits until that object is there again: not the one of that uid. */
  back(cluster: string, before?: string): Promise<void>;
  /** The uid of that object; empty where it is gone. */
  expendable(cluster: string): Promise<string>;
  held(): Promise<Held>;
  /** What a person does without an operator: applies the mesh file. Then there is nothing left to do. */
  apply(): Promise<void>;
  /** Waits until a plan is empty. */
  planned(): Promise<void>;
  /** Waits until the operator says that every cluster is available, and a plan is empty. */
  whole(): Promise<void>;
  condition(cluster: string, type: ConditionType): Promise<Condition | undefined>;
  /** The clusters whose node became ready after a moment, in milliseconds since the epoch, and so was not ready before. */
  notReadySince(moment: number): Promise<readonly string[]>;
}

/** What a MeshCluster says beside its network, by cluster. */
export type Specs = Readonly<Record<string, object>>;

export async function startSite(lab: TestLab, specs: Specs = {}): Promise<Site> {
  const mesh = await lab.file('mesh.yaml', documents(lab, specs));
  const names = namesOf(lab);
  endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
  for (const name of names) await lab.kubectl(name, 'get', ...expendable);
  for (const name of names.filter((one) => one !== home)) await grant(lab, name);
  const clients = await startSteadyClients(lab, join(checkout, 'lab/manifests/helloworld.yaml'));
  const uid = async (cluster: string): Promise<string> =>
    await lab.kubectl(cluster, 'get', ...expendable, '--ignore-not-found', '-o', 'jsonpath={.metadata.uid}');
  const site: Site = {
    lab,
    mesh,
    clients,
    lose: async (cluster) => void (await lab.kubectl(cluster, 'delete', ...expendable, '--ignore-not-found')),
    back: async (cluster, before = '') =>
      await eventually(async () => (['', before].includes(await uid(cluster)) ? 'it is not back' : undefined), {
        timeoutMs: backWithinMs,
      }),
    expendable: uid,
    held: async () => {
      const all = await Promise.all(names.map(async (name) => [name, await identities(lab, name, 'shop')] as const));
      return new Map(all.flatMap(([name, held]) => [...held].map(([object, id]) => [`${name} ${object}`, id])));
    },
    async apply() {
      endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
      await site.planned();
    },
    planned: async () => await eventually(async () => await planOf(site), { timeoutMs: wholeWithinMs }),
    async whole() {
      await eventually(async () => (await notAvailable(site)) ?? (await planOf(site)), {
        timeoutMs: wholeWithinMs,
        everyMs: 2_000,
      });
    },
    condition: async (cluster, type) => (await conditionsOf(site, cluster)).find((one) => one.type === type),
    async notReadySince(moment) {
      const path = '{.items[*].status.conditions[?(@.type=="Ready")].lastTransitionTime}';
      const readySince = await Promise.all(
        names.map(async (name) => [name, await lab.kubectl(name, 'get', 'nodes', '-o', `jsonpath=${path}`)] as const),
      );
      // Kubernetes tells whole seconds.
      return readySince.flatMap(([name, at]) => (Date.parse(at) >= moment - 1_000 ? [name] : []));
    },
  };
  return site;
}

function namesOf({ lab }: TestLab): readonly string[] {
  return lab.clusters.map(({ name }) => name);
}

/** Gives operators of the home cluster their way into another one. */
export async function grant({ isthmus }: TestLab, cluster: string): Promise<void> {
  endedWith(0, await isthmus.run(['operator', 'grant', '--context', cluster, '--home', home, '--uninstall']));
}

function documents({ lab }: TestLab, specs: Specs): string {
  const { values, meshConfig } = istioValuesOfTheLab;
  const istio = { version: '1.31', meshConfig, values: { pilot: { ...values.pilot, autoscaleMin: 2 } } };
  const mesh = { kind: 'Mesh', metadata: { name: 'shop' }, spec: { home, istio } };
  const clusters = lab.clusters.map(({ name, network, server }) => ({
    kind: 'MeshCluster',
    metadata: { name },
    // An operator that reaches its home through a proxy must not give that address to the others. Requests are the
    // clients' to count: those of probes time out where every processor is busy.
    spec: { network, injectNamespaces: ['sample'], probe: 'Off', peerServer: server, ...specs[name] },
  }));
  return [mesh, ...clusters].map((document) => JSON.stringify({ apiVersion, ...document })).join('\n---\n');
}

/** What a plan would do; undefined where that is nothing. */
async function planOf({ lab, mesh }: Site): Promise<string | undefined> {
  const { code, stdout, stderr } = await lab.isthmus.run(['plan', '-f', mesh, '--exit-code']);
  return code === 0 ? undefined : stdout + stderr;
}

async function conditionsOf({ lab }: Site, cluster: string): Promise<readonly Condition[]> {
  const { status } = await lab.objects<{ readonly status?: MeshClusterStatus }>(
    home,
    ...inSystem,
    'get',
    'meshcluster',
    cluster,
  );
  return status?.conditions ?? [];
}

async function notAvailable(site: Site): Promise<string | undefined> {
  const all = await Promise.all(namesOf(site.lab).map(async (name) => [name, await conditionsOf(site, name)] as const));
  const wrong = all.flatMap(([name, conditions]) => {
    const available = conditions.find(({ type }) => type === 'Available');
    return available?.status === 'True' ? [] : [`${name}: ${available?.reason} ${available?.message}`];
  });
  return wrong.length === 0 ? undefined : wrong.join('\n');
}

/** Fails where an object of the mesh went or came, or is another one without being meant. */
export function expectHeld(before: Held, after: Held, replaced: RegExp): void {
  expect([...after.keys()].toSorted()).toEqual([...before.keys()].toSorted());
  const others = [...after].filter(([name, uid]) => before.get(name) !== uid && !replaced.test(name));
  expect(others.map(([name]) => name)).toEqual([]);
}
