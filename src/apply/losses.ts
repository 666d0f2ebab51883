import { mapConcurrent } from '../base/concurrency.ts';
import type { Loss } from '../plan/loss.ts';
import type { PlannedChange } from '../plan/mesh-plan.ts';
import { inRemovalOrder } from '../plan/prune.ts';
import type { Decision } from './decide/decide.ts';
import { describeChange, describeDeletion, type PlanContext } from './describe-change.ts';
import type { ResolvedRun } from './resolve-run.ts';

const inFlight = 16;

/** What an apply would delete, and the addresses that its changes give up: in the order of the clusters, as a plan lists it. */
export async function lossesOf(
  run: ResolvedRun,
  { names, signal }: Pick<PlanContext, 'names' | 'signal'>,
): Promise<readonly Loss[]> {
  const perCluster = run.decisions.map(async (decision) => {
    const { client, topology } = decision.part;
    const previews = run.previews.get(topology.name) ?? { objects: new Map(), refused: new Map() };
    return await lossesIn(decision, { client, previews, names, signal });
  });
  return (await Promise.all(perCluster)).flat();
}

async function lossesIn({ part, changes, prune }: Decision, context: PlanContext): Promise<readonly Loss[]> {
  const lossOf = (action: Loss['action'], { ref, loss }: PlannedChange): Loss => {
    const lost = { cluster: part.topology.name, action, object: ref };
    return loss === undefined ? lost : { ...lost, loss };
  };
  // Only a Service of type LoadBalancer holds what a change of it may lose.
  const services = changes.filter(
    ({ wanted, change }) => change.action === 'Update' && wanted.object.kind === 'Service',
  );
  const changed = await mapConcurrent(services, inFlight, (staged) => describeChange(staged, context));
  const deleted = await mapConcurrent(inRemovalOrder(prune.deletions), inFlight, (removal) =>
    describeDeletion(removal, context),
  );
  return [
    ...changed.filter(({ loss }) => loss !== undefined).map((change) => lossOf('Change', change)),
    ...deleted.map((change) => lossOf('Delete', change)),
  ];
}
