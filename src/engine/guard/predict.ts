import type { Snapshot } from '../../discovery/values/snapshot.ts';
import { type GuardContext, refusedGuard } from '../../guard/context.ts';
import type { PredictedFlow } from '../../guard/judge.ts';
import type { ObjectEdit } from '../../objects/edit.ts';
import { type ServiceFlow, surveyServices } from '../../predict/scenario/services.ts';
import type { PlaceOf } from '../../shift/requests.ts';
import { edited } from '../../snapshot/edit.ts';
import { readMesh, snapshotOf } from '../../snapshot/take.ts';
import { lookUp } from '../read-snapshot.ts';
import { withoutThrowAway } from '../throw-away.ts';
import { placesOf } from './places.ts';

/** A share may differ by this much, in percent: the model computes with fractions. */
const tolerance = 0.01;

/**
 * Where the requests of each cluster to each service go before and after a change, by the model. Throws `guard-refused` where it
 * loses more of them after it.
 */
export async function predictChange(
  { clients, signal }: GuardContext,
  edits: readonly ObjectEdit[],
): Promise<Prediction> {
  const read = withoutThrowAway(await readMesh([...clients.values()], { signal, unreachable: new Map() }));
  const before = flowsIn(await snapshotOf(read, lookUp));
  const clusters = read.clusters.map((cluster) => edited(cluster, edits));
  const snapshot = await snapshotOf({ ...read, clusters }, lookUp);
  const after = flowsIn(snapshot);
  for (const [key, flows] of after) {
    for (const flow of flows) refuseLost(key, flow, before.get(key) ?? []);
  }
  const predicted = [...after].map(([key, flows]) => {
    const [host = '', from = ''] = key.split(' ');
    const earlier = before.get(key) ?? [];
    return {
      ...{ from, host, before: sharesOf(earlier), after: sharesOf(flows) },
      hasShares: isOne(flows) && isOne(earlier),
    };
  });
  const callers = [...after.values()].flat().map(({ from, network }) => ({ from, network }));
  return { predicted, placeOf: placesOf(snapshot, callers) };
}

export interface Prediction {
  readonly predicted: readonly PredictedFlow[];
  /** Where the addresses answer that sidecars send to. */
  readonly placeOf: PlaceOf;
}

type Flows = ReadonlyMap<string, readonly ServiceFlow[]>;

/** By host and calling cluster: one for each port and route. */
function flowsIn(snapshot: Snapshot): Flows {
  const services = surveyServices(snapshot);
  return new Map(
    services.flatMap(({ host, flows }) =>
      [...Map.groupBy(flows, ({ from }) => from)].map(([from, own]) => [`${host} ${from}`, own] as const),
    ),
  );
}

function refuseLost(key: string, flow: ServiceFlow, earlier: readonly ServiceFlow[]): void {
  const [host = ''] = key.split(' ');
  const before = earlier.find(({ port, route }) => port === flow.port && route === flow.route);
  if (flow.outcome === 'Open' || flow.lost <= (before?.lost ?? 0) + tolerance) return;
  const [why] = flow.reasons;
  throw refusedGuard(
    `by the model ${Math.round(flow.lost * 10) / 10}% of the requests from ${flow.from} to ${host}:${flow.port} would be lost${why === undefined ? '' : ` (${why.replace(/\.$/, '')})`}`,
    'correct what it names, or apply it without a guard',
  );
}

/** All ports together: a cluster that answers any of them is no surprise. */
function sharesOf(flows: readonly ServiceFlow[]): Readonly<Record<string, number>> {
  const shares: Record<string, number> = {};
  for (const flow of flows) {
    for (const [cluster, share] of flow.shares) shares[cluster] = Math.max(shares[cluster] ?? 0, share);
  }
  return shares;
}

/** Whether all of them are known and alike. */
function isOne(flows: readonly ServiceFlow[]): boolean {
  const texts = flows.map(({ shares }) => JSON.stringify([...shares].toSorted()));
  return flows.every(({ outcome, lost }) => outcome !== 'Open' && lost <= tolerance) && new Set(texts).size <= 1;
}
