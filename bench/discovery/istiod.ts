import { type Oracle, startOracle } from '../../lab/src/oracle/oracle.ts';
import { answer } from '../../src/discovery/endpoints/query.ts';
import { buildIstiodView } from '../../src/discovery/registry/view.ts';
import type { ProxyNode } from '../../src/discovery/values/model.ts';
import type { Snapshot } from '../../src/discovery/values/snapshot.ts';
import { representatives } from '../../src/predict/world/caller.ts';
import { median } from '../statistics.ts';
import { type MeshSize, makeMesh } from './mesh.ts';

/** Milliseconds for the endpoints of all services of one proxy. */
export interface AgainstIstiod {
  readonly services: number;
  readonly endpoints: number;
  /** From a new connection until every assignment has arrived. */
  readonly istiod: number;
  /** The first time, when nothing is made yet, and then again. */
  readonly firstOfOurs: number;
  readonly ours: number;
}

export interface IstiodOptions {
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

const rounds = 5;

/** Lets a real istiod and the model answer the same proxy for all services of the same mesh. */
export async function againstIstiod(size: MeshSize, { signal, print }: IstiodOptions): Promise<AgainstIstiod> {
  const snapshot = makeMesh(size);
  const caller = representatives(snapshot)[0]?.any.proxy;
  if (caller === undefined) throw new Error('the mesh has no caller');
  await using oracle = await startOracle({ name: 'bench-oracle', clusters: size.clusters, signal, report: print });
  print('loading the mesh into the API servers');
  await oracle.load(snapshot);
  const names = Array.from({ length: size.services }, (_, number) => hostOf(number));
  const istiod = await istiodTimes(oracle, { snapshot, caller, names });
  const ours = ourTimes(snapshot, caller, names);
  return {
    services: size.services,
    endpoints: size.clusters * size.services * size.endpoints,
    istiod: median(istiod),
    firstOfOurs: ours[0] ?? 0,
    ours: median(ours.slice(1)),
  };
}

function hostOf(number: number): string {
  return `svc-${number}.ns-${number % 25}.svc.cluster.local`;
}

interface Question {
  readonly snapshot: Snapshot;
  readonly caller: ProxyNode;
  readonly names: readonly string[];
}

async function istiodTimes(oracle: Oracle, { snapshot, caller, names }: Question): Promise<readonly number[]> {
  const clusters = names.map((host) => `outbound|80||${host}`);
  const cluster = snapshot.istiods[0]?.cluster ?? '';
  const times: number[] = [];
  // The first connection fills istiod's caches, which the later ones find.
  for (let round = 0; round <= rounds; round += 1) {
    await oracle.reconnect();
    const started = performance.now();
    const { eds } = await oracle.query(cluster, caller, clusters);
    const spent = performance.now() - started;
    const endpoints = clusters.reduce((sum, name) => sum + (eds.get(name)?.endpoints.length ?? 0), 0);
    if (endpoints === 0) throw new Error('istiod sent no endpoint');
    if (round > 0) times.push(spent);
  }
  return times;
}

function ourTimes(snapshot: Snapshot, caller: ProxyNode, names: readonly string[]): readonly number[] {
  const [istiod] = snapshot.istiods;
  if (istiod === undefined) throw new Error('the mesh has no istiod');
  const view = buildIstiodView(snapshot, istiod);
  return Array.from({ length: rounds + 1 }, () => {
    const started = performance.now();
    for (const host of names) answer(view, caller, { host, port: 80, subset: '', mode: 'outbound' });
    return performance.now() - started;
  });
}
