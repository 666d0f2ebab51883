import type { Clock } from '../../base/clock.ts';
import { endedBy, goOnWaiting, IsthmusError } from '../../base/error.ts';
import { kubectl, remedy, repeat } from '../../base/remedy.ts';
import type { KubeClient } from '../../kube/client.ts';
import { waitFor } from '../../kube/objects/wait.ts';
import { describeRef, type KubeObject, type ObjectRef } from '../../objects/object.ts';
import { type IstiodPlace, readIstiods, unsyncedPeers } from '../../observe/istiod.ts';
import { type Outside, outsideOf, readOutside } from '../../observe/outside.ts';
import { lastLogLine, type RolloutObstacle, readRolloutObstacle } from '../../observe/rollout-obstacle.ts';
import { rolloutOf } from '../../observe/workload.ts';

/** What every wait needs: whose cluster, for how long, and where to say what is awaited. */
export interface Wait {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long each wait may take, in milliseconds. */
  readonly limitMs: number;
  readonly onWait: (what: string) => void;
  readonly onReached: (what: string, afterMs: number) => void;
}

/** A wait that goes on says so, and why, each time after so long, in milliseconds. */
const sayEveryMs = 10_000;

/** Pause between two looks at what can only be asked, not watched, in milliseconds. */
const pollMs = 100;

/** Waits until every pod of a Deployment is up to date and available, and there is one. */
export async function awaitRollout(wait: Wait, ref: ObjectRef): Promise<void> {
  await awaitObject(wait, ref, {
    what: `${describeRef(ref)} available`,
    until: (object) => rolloutOf(object).complete && rolloutOf(object).wanted > 0,
    describe: describeRollout,
    obstacle: async (deployment) => await readRolloutObstacle(wait.client, deployment, wait.signal),
  });
}

function describeRollout(deployment: KubeObject | undefined): string {
  if (deployment === undefined) return 'it does not exist';
  const { available, wanted } = rolloutOf(deployment);
  return wanted === 0 ? 'it is scaled to 0' : `${available} of ${wanted} available`;
}

/** Waits until a Service is reached from outside: until a load balancer gave it an address, or a node has one. */
export async function awaitOutside(wait: Wait, ref: ObjectRef, type: 'LoadBalancer' | 'NodePort'): Promise<Outside> {
  const what = `${describeRef(ref)} has an address`;
  if (type === 'LoadBalancer') {
    const service = await awaitObject(wait, ref, {
      what,
      until: (object) => outsideOf(object, []).hosts.length > 0,
      describe: () => 'no load balancer gave it one yet (status.loadBalancer.ingress is empty)',
    });
    return outsideOf(service, []);
  }
  let found = await readOutside(wait.client, ref, wait.signal);
  await poll(wait, what, async () => {
    if (found.hosts.length === 0) found = await readOutside(wait.client, ref, wait.signal);
    return found.hosts.length > 0 ? '' : 'no node has an address of the type ExternalIP; give spec.gateway.addresses';
  });
  return found;
}

/** What is awaited of one object. */
export interface Awaited {
  readonly what: string;
  readonly until: (object: KubeObject | undefined) => boolean;
  readonly describe: (object: KubeObject | undefined) => string;
  /** What keeps it from coming, for as long as it is awaited; left out, nothing is looked for. */
  readonly obstacle?: (object: KubeObject | undefined) => Promise<RolloutObstacle | undefined>;
}

/** Waits for one object, saying so when it does not hold at once. */
export async function awaitObject(wait: Wait, ref: ObjectRef, awaited: Awaited): Promise<KubeObject | undefined> {
  const { client, signal, clock } = wait;
  const now = await client.get(ref, { signal });
  if (awaited.until(now)) return now;
  wait.onWait(awaited.what);
  const started = clock.monotonic();
  const watched: Watched = { ref, last: now, words: awaited.describe(now) };
  const ended = new AbortController();
  const watching = waitFor(client, ref, {
    until: (object) => {
      watched.last = object;
      return awaited.until(object);
    },
    describe: () => watched.words,
    signal: AbortSignal.any([signal, ended.signal]),
    clock,
    timeoutMs: wait.limitMs,
  }).finally(() => ended.abort());
  const looking = lookOn(wait, awaited, watched, ended.signal).finally(() => ended.abort());
  const [seen, looked] = await Promise.allSettled([watching, looking]);
  if (looked.status === 'rejected') throw looked.reason;
  if (seen.status === 'rejected') throw seen.reason;
  wait.onReached(awaited.what, clock.monotonic() - started);
  return seen.value;
}

/** The object of a wait as it was last seen, and how the user hears of it. */
interface Watched {
  readonly ref: ObjectRef;
  last: KubeObject | undefined;
  words: string;
}

/** Pause between two looks at what keeps an object from coming, in milliseconds. */
const lookMs = 1000;

/** Says every ten seconds what is still awaited, and fails where something keeps it from coming that does not end. */
async function lookOn(wait: Wait, awaited: Awaited, watched: Watched, ended: AbortSignal): Promise<void> {
  const { clock, signal } = wait;
  const started = clock.monotonic();
  let said = started;
  let since: { readonly text: string; readonly at: number } | undefined;
  for (;;) {
    const obstacle = await awaited.obstacle?.(watched.last).catch((error: unknown) => unread(error, signal));
    if (ended.aborted) return;
    const now = clock.monotonic();
    since = obstacle === undefined || since?.text !== obstacle.text ? { text: obstacle?.text ?? '', at: now } : since;
    watched.words = [awaited.describe(watched.last), obstacle?.text]
      .filter((words, index, all) => words !== undefined && all.indexOf(words) === index)
      .join('; ');
    if (obstacle?.lastsMs !== undefined && now - since.at >= obstacle.lastsMs) {
      throw await stuckError(wait, watched.ref, obstacle);
    }
    if (now - said >= sayEveryMs) {
      said = now;
      wait.onWait(`${awaited.what}, for ${Math.round((now - started) / 1000)} s: ${watched.words}`);
    }
    const isOver = await clock.sleep(lookMs, ended).then(
      () => false,
      () => true,
    );
    if (isOver) return;
  }
}

/** What cannot be read keeps nobody from waiting. */
function unread(error: unknown, signal: AbortSignal): undefined {
  signal.throwIfAborted();
  if (!(error instanceof IsthmusError)) throw error;
  return undefined;
}

async function stuckError(
  { client, signal }: Wait,
  ref: ObjectRef,
  { text, pod, crashed }: RolloutObstacle,
): Promise<IsthmusError> {
  const { cluster, context = cluster } = client;
  const namespace = ref.namespace ?? '';
  const place = ['--context', context, '-n', namespace];
  const line =
    pod === undefined || crashed === undefined
      ? ''
      : await lastLogLine(client, { namespace, name: pod, container: crashed }, signal);
  const look =
    crashed === undefined || pod === undefined
      ? kubectl(...place, 'describe', ...(pod === undefined ? ['deployment', ref.name] : ['pod', pod]))
      : kubectl(...place, 'logs', pod, '-c', crashed, '--previous');
  const log = line === '' ? '' : `; its log ends with: ${line}`;
  return new IsthmusError(
    'rollout-stuck',
    `cluster ${cluster}: ${describeRef(ref)} cannot become available: ${text}${log}`,
    {
      cluster,
      remedy: remedy`look with ${look}, correct the cause, then ${repeat()}`,
    },
  );
}

/** Waits until every istiod of the cluster reports every peer as synced. */
export async function awaitSynced(wait: Wait, place: IstiodPlace, peers: readonly string[]): Promise<void> {
  const what = `istiod has synced ${peers.join(', ')}`;
  await poll(wait, what, async () => unsyncedPeers(await readIstiods(place, wait.signal), peers).join('; '));
}

/** Asks again until `open` gives the empty text; whatever else it gives is what still keeps us waiting. */
export async function poll(wait: Wait, what: string, open: () => Promise<string>): Promise<void> {
  const { clock, signal } = wait;
  const started = clock.monotonic();
  let left = await openOrRetry(open);
  if (left === '') return;
  wait.onWait(what);
  let said = started;
  while (left !== '') {
    if (clock.monotonic() - started >= wait.limitMs) {
      throw new IsthmusError('timeout', `gave up waiting until ${what}: ${left}`, {
        cluster: wait.client.cluster,
        remedy: goOnWaiting,
      });
    }
    await clock.sleep(pollMs, signal).catch(() => {
      throw endedBy(signal, `waiting until ${what}`, { cluster: wait.client.cluster });
    });
    left = await openOrRetry(open);
    const now = clock.monotonic();
    if (left !== '' && now - said >= sayEveryMs) {
      said = now;
      wait.onWait(`${what}, for ${Math.round((now - started) / 1000)} s: ${left}`);
    }
  }
  wait.onReached(what, clock.monotonic() - started);
}

/** A connection into a pod that is just starting may break; that is a state to wait through, not a failure. */
async function openOrRetry(open: () => Promise<string>): Promise<string> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof IsthmusError && (error.retry || error.code === 'port-forward-failed')) return error.message;
    throw error;
  }
}
