import type { Clock } from '../../base/clock.ts';
import { asIsthmusError } from '../../base/error.ts';
import { routeSettleMs } from '../../istio/mesh-service.ts';
import { withSubsetsOf } from '../../istio/subset-union.ts';
import type { KubeClient } from '../../kube/client.ts';
import { refKey, refOf } from '../../objects/object.ts';
import type { StagedObject } from '../../plan/desired.ts';
import type { ClusterTopology } from '../../topology/topology.ts';
import type { ApplyReporter } from './events.ts';
import type { Writer } from './writer.ts';

export interface Introducing {
  readonly topology: Pick<ClusterTopology, 'name'>;
  readonly objects: readonly StagedObject[];
  readonly writer: Pick<Writer, 'plan' | 'prepare'>;
  readonly client: Pick<KubeClient, 'get'>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
  readonly report: ApplyReporter;
}

const what = 'proxies know the subsets that routes will name';

/**
 * Writes the subsets of each service whose route is about to change, with those that it has, and gives proxies the time to take
 * them. Which rules lose subsets by what is wanted, by refKey: they are written when proxies had time to take the route.
 * A rule that cannot be written is left to its stage, which says why.
 */
export async function introduceSubsets(run: Introducing): Promise<ReadonlySet<string>> {
  const { clock, signal, report, topology } = run;
  const done = await Promise.all(changingRules(run).map(async (rule) => await introduce(rule, run)));
  if (done.some(({ isWritten }) => isWritten)) {
    report({ type: 'Waiting', cluster: topology.name, details: { what } });
    await clock.sleep(routeSettleMs, signal);
    report({ type: 'Reached', cluster: topology.name, details: { what, afterMs: routeSettleMs } });
  }
  return new Set(done.flatMap(({ shrinks }) => shrinks ?? []));
}

/** The rules that change together with the route of the same name. */
function changingRules({ objects, writer }: Introducing): readonly StagedObject[] {
  const changes = (wanted: StagedObject): boolean => ['Create', 'Update'].includes(writer.plan(wanted).action);
  const nameOf = ({ object: { metadata } }: StagedObject): string => `${metadata.namespace}/${metadata.name}`;
  const routed = new Set(
    objects
      .filter(({ object }) => object.kind === 'VirtualService')
      .filter(changes)
      .map(nameOf),
  );
  return objects.filter((one) => one.object.kind === 'DestinationRule' && routed.has(nameOf(one)) && changes(one));
}

interface Introduced {
  readonly isWritten: boolean;
  /** The refKey of a rule that has more subsets than is wanted. */
  readonly shrinks?: string;
}

async function introduce(wanted: StagedObject, { client, writer, signal }: Introducing): Promise<Introduced> {
  const { object } = wanted;
  try {
    const ref = refOf(object);
    const live = await client.get(ref, { signal });
    const whole = withSubsetsOf(object, live);
    const isWritten = await writer.prepare({ ...wanted, object: whole });
    return whole === object ? { isWritten } : { isWritten, shrinks: refKey(ref) };
  } catch (thrown) {
    signal.throwIfAborted();
    if (asIsthmusError(thrown).code === 'internal') throw thrown;
    return { isWritten: false };
  }
}
