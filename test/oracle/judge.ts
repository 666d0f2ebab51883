import { setTimeout as sleep } from 'node:timers/promises';
import type { ActualAnswer } from '../../lab/src/oracle/answer.ts';
import type { Oracle } from '../../lab/src/oracle/oracle.ts';
import { possibleAnswers } from '../../src/discovery/endpoints/query.ts';
import { buildIstiodView } from '../../src/discovery/registry/view.ts';
import type { EdsAnswer, Query } from '../../src/discovery/values/answer.ts';
import type { Snapshot } from '../../src/discovery/values/snapshot.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import type { Asking } from './ask.ts';
import { clusterName, compareAnswers, type Difference } from './compare.ts';

/** One question whose prediction is not what istiod answers. */
export interface Disagreement {
  readonly asking: Asking;
  readonly query: Query;
  readonly predicted: readonly EdsAnswer[];
  readonly actual: ActualAnswer;
  readonly difference: Difference;
}

/** istiod pushes what follows from the last objects up to this long after the load. */
const patientMs = 3_000;
const retryMs = 150;

export interface Judged {
  readonly snapshot: Snapshot;
  readonly askings: readonly Asking[];
  /** How long a difference must last to count, from the first answers on. */
  readonly settleMs?: number;
}

export interface Judgement {
  readonly disagreements: readonly Disagreement[];
  readonly tally: Tally;
}

let loads = 0;

/**
 * The snapshot with a flag that istiod does not know, so that every istiod restarts: one that has seen another mesh
 * before keeps gateways that are gone (a Service that loses its address, a Node that loses its external one).
 */
function withFreshIstiods(snapshot: Snapshot): Snapshot {
  loads += 1;
  const flags = { ISTHMUS_ORACLE_LOAD: `${process.pid}-${loads}` };
  return { ...snapshot, istiods: snapshot.istiods.map((one) => ({ ...one, flags: { ...one.flags, ...flags } })) };
}

/**
 * The snapshot with a change to every Node and EndpointSlice that means nothing. A starting istiod hears of its objects
 * in an order that differs from start to start, and one that hears of an EndpointSlice before its Service or Pod, or of
 * a network after a NodePort gateway, keeps what it took the object for until the object's next event
 * (serviceregistry/kube/controller: endpointHealthStatus, getPod, reloadNetworkGateways). The model says what istiod
 * holds once all objects are known to it.
 */
function withNewEvents(snapshot: Snapshot): Snapshot {
  return touched(snapshot, ['Node', 'EndpointSlice'], 'isthmus.dev/touched');
}

/**
 * The snapshot with a change that makes istiod push everything once more. Whether a cluster without addresses of its own
 * speaks mutual TLS follows from its endpoints as they were at the last full push (BestEffortInferServiceMTLSMode), and
 * endpoints that come later cause none.
 */
function withFullPush(snapshot: Snapshot): Snapshot {
  return touched(snapshot, ['DestinationRule', 'Service'], 'isthmus.dev/pushed');
}

function touched(snapshot: Snapshot, kinds: readonly string[], label: string): Snapshot {
  const touch = (object: KubeObject): KubeObject => {
    if (!kinds.includes(object.kind)) return object;
    return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [label]: 'yes' } } };
  };
  const clusters = snapshot.clusters.map((one) => ({ ...one, objects: one.objects.map(touch) }));
  return { ...snapshot, clusters };
}

/** How much questions were worth. */
export interface Tally {
  readonly asked: number;
  /** Answered with at least one endpoint. */
  readonly withEndpoints: number;
  /** Answered with at least one gateway among them. */
  readonly throughGateways: number;
  /** Answered with more than one priority. */
  readonly withPriorities: number;
  /** With more than one possible answer (docs/concepts/prediction.md says why there is such a thing). */
  readonly undetermined: number;
}

export function emptyTally(): Tally {
  return { asked: 0, withEndpoints: 0, throughGateways: 0, withPriorities: 0, undetermined: 0 };
}

export function added(one: Tally, other: Tally): Tally {
  return {
    asked: one.asked + other.asked,
    withEndpoints: one.withEndpoints + other.withEndpoints,
    throughGateways: one.throughGateways + other.throughGateways,
    withPriorities: one.withPriorities + other.withPriorities,
    undetermined: one.undetermined + other.undetermined,
  };
}

function tallyOf([predicted, ...others]: readonly EdsAnswer[]): Tally {
  const endpoints = predicted === undefined || predicted.outcome === 'None' ? [] : predicted.endpoints;
  return {
    asked: 1,
    withEndpoints: endpoints.length > 0 ? 1 : 0,
    throughGateways: endpoints.some(({ via }) => via === 'gateway') ? 1 : 0,
    withPriorities: endpoints.some(({ priority }) => priority > 0) ? 1 : 0,
    undetermined: others.length > 0 ? 1 : 0,
  };
}

/** Loads the snapshot and asks. What differs once is asked again until istiod has had time to settle. */
export async function judge(oracle: Oracle, { snapshot, askings, settleMs = patientMs }: Judged): Promise<Judgement> {
  const fresh = withFreshIstiods(snapshot);
  await oracle.load(fresh);
  const settled = withNewEvents(fresh);
  await oracle.load(settled);
  await oracle.load(withFullPush(settled));
  const views = new Map(snapshot.istiods.map((istiod) => [istiod.cluster, buildIstiodView(snapshot, istiod)]));
  const predict = ({ istiod, proxy }: Asking, query: Query): readonly EdsAnswer[] => {
    const view = views.get(istiod);
    if (view === undefined) throw new Error(`the snapshot has no istiod ${istiod}`);
    return possibleAnswers(view, proxy, query);
  };
  const tally = askings
    .flatMap((asking) => asking.queries.map((query) => tallyOf(predict(asking, query))))
    .reduce(added, emptyTally());
  let open: readonly Asking[] = askings;
  let found: Disagreement[] = [];
  for (let deadline = 0; ; ) {
    found = (await Promise.all(open.map((asking) => disagreements(oracle, asking, predict)))).flat();
    deadline ||= Date.now() + settleMs;
    if (found.length === 0 || Date.now() > deadline) return { disagreements: found, tally };
    const wrong = found;
    open = open.flatMap((asking) => {
      const queries = wrong.filter((one) => one.asking.proxy === asking.proxy).map(({ query }) => query);
      return queries.length === 0 ? [] : [{ ...asking, queries }];
    });
    await sleep(retryMs);
  }
}

async function disagreements(
  oracle: Oracle,
  asking: Asking,
  predict: (asking: Asking, query: Query) => readonly EdsAnswer[],
): Promise<Disagreement[]> {
  const actual = await oracle.query(asking.istiod, asking.proxy, asking.queries.map(clusterName));
  return asking.queries.flatMap((query) => {
    const predicted = predict(asking, query);
    const difference = compareAnswers(predicted, actual, clusterName(query));
    return difference === undefined ? [] : [{ asking, query, predicted, actual, difference }];
  });
}
