import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import type { KeptDocument, ObjectChange } from '../engine/home-session.ts';
import { isLeaving, isPaused, type Keeping, subjectOf } from './keeping.ts';
import { lookAt } from './look.ts';
import type { Outcome } from './outcome.ts';
import { keepProbing } from './probing.ts';
import { createQueue, type Queue } from './queue.ts';
import { tell } from './tell.ts';
import { keepTokens } from './tokens.ts';
import { workOn } from './work.ts';

export interface ClusterKeeper extends Pick<Queue, 'idle'> {
  /** The same documents ask for something else. */
  ask(this: void, documents: readonly KeptDocument[]): void;
  settle(): Promise<void>;
}

/** Keeps every cluster of a mesh until its documents change: work, looks, tokens and probes, each with a queue of its own. */
export function keepClusters(keeping: Keeping): ClusterKeeper {
  const { mesh, clusters, signal, clock, random, log, metrics, reload } = keeping;
  const onError = (cluster: string, error: unknown): void =>
    log({ level: 'error', cluster, message: asIsthmusError(error).message });
  const shared = { clock, random, signal, onError };
  const tokens = keepTokens({
    ...keeping,
    signal: keeping.leadership.signal,
    fence: keeping.leadership.check,
    isPaused: (name) => isPaused(name, keeping),
    onIstiods(name, found) {
      metrics.renewed(`istiod of ${name}`, found);
      keeping.credentials.noteIstiods(name, found, clock.now());
      // Whether istiod reads its peers with it is seen at once, and so is what became of one that was about to end.
      if (names.includes(name)) looks.wake(name);
    },
    onOwn(name, found) {
      metrics.renewed('operator', [found]);
      keeping.credentials.noteOwn(name, found, clock.now());
      if (names.includes(name)) looks.wake(name);
    },
  });
  // Watches outlive an API server that is away: what is read each time finds out first.
  const probing = probingOf(keeping, (name) => {
    if (keeping.memories.get(name)?.latest?.reachable === true) looks.wake(name);
  });
  const met = new Set<string>();
  const after = (name: string, { writes }: Outcome): void => {
    looks.wake(name);
    probing.wake(name);
    // An apply may have brought another token; nothing else does.
    if (writes > 0 || !met.has(name)) tokens.wake(name);
    met.add(name);
    wakeKeeping();
  };
  let wereSettled = false;
  /** What clusters keep because others may still use it can go as soon as all of them are as declared. */
  const wakeKeeping = (): void => {
    const outcomes = names.map((name) => [name, keeping.memories.get(name)?.outcome] as const);
    const areSettled = outcomes.every(([, outcome]) => outcome?.result === 'AsDeclared');
    const keepers = outcomes.filter(([, outcome]) => outcome?.keeps === true);
    if (areSettled && !wereSettled) for (const [name] of keepers) work.wake(name);
    wereSettled = areSettled;
  };
  const work = createQueue({ ...shared, work: async (name) => await workOn(name, keeping, after) });
  const looks: Queue = createQueue({ ...shared, work: async (name) => await lookAt(name, keeping, { work, tokens }) });
  metrics.watchQueue(() => work.state());
  const names = clusters.map(({ name }) => name).filter((name) => mesh.session.clusters.includes(name));
  const onChange = (cluster: string, { what, kind, part }: ObjectChange): void => {
    log({ level: 'debug', cluster, message: 'something changed', fields: { what, part } });
    const woken = new Map(isForOthers(kind, part) ? names.map((name) => [name, work.wake(name)]) : []);
    if (part === 'Object' && !woken.has(cluster)) woken.set(cluster, work.wake(cluster));
    // The work ends with a look; one beside it would only delay what it puts back.
    if (woken.get(cluster) !== 'Soon') looks.wake(cluster);
  };
  for (const name of names) {
    const onFailure = ({ message }: IsthmusError): void =>
      log({ level: 'warning', cluster: name, message: `its objects are not watched: ${message}` });
    mesh.watchOwned(name, { onChange: (change) => onChange(name, change), onFailure }, signal);
    looks.wake(name);
    work.wake(name, 'Urgent');
    probing.wake(name);
  }
  // A cluster that is retained reads the others on, and its tokens end like theirs.
  for (const name of mesh.session.clusters) if (!names.includes(name)) tokens.wake(name);
  const onFailure = ({ message }: IsthmusError): void =>
    log({ level: 'warning', message: `a Secret with a kubeconfig is not watched: ${message}` });
  mesh.watchSecrets({ onChange: reload, onFailure }, signal);
  return {
    ask(documents) {
      tokens.ask(documents);
      for (const name of mesh.session.clusters) tokens.wake(name, 'Urgent');
    },
    settle: tokens.stop,
    idle: async () => void (await Promise.all([work.idle(), looks.idle(), probing.idle()])),
  };
}

/** What a cluster's probe saw tells of its own data path, and of the gateways of the others. */
function probingOf(keeping: Keeping, onLost: (name: string) => void): Pick<Queue, 'wake' | 'idle'> {
  const { mesh, clusters, memories, leadership } = keeping;
  return keepProbing({
    ...keeping,
    probes: mesh.probes,
    fence: leadership.check,
    onLost,
    mayPlace: (name) =>
      !isPaused(name, keeping) && !isLeaving(name, keeping) && memories.get(name)?.outcome?.result === 'AsDeclared',
    onSeen: async () => {
      for (const { name } of clusters) {
        const { document, memory } = subjectOf(name, keeping);
        await tell(keeping, document, memory);
      }
    },
  });
}

/** A gateway's Service tells the other clusters where to send their requests, and a reader's Secret by which token to read it. */
function isForOthers(kind: string, part: ObjectChange['part']): boolean {
  return kind === 'Service' || (kind === 'Secret' && part === 'Object');
}
