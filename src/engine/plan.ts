import { type PlannedMesh, planMesh } from '../apply/plan-mesh.ts';
import { digest } from '../apply/read/digest.ts';
import { IsthmusError } from '../base/error.ts';
import { option, remedy, repeat } from '../base/remedy.ts';
import { connectByRemoteSecret } from '../fleet/remote-access.ts';
import { declaredDigest, documentsOf, planFileText } from '../plan/plan-file.ts';
import type { PlanReport } from '../report/plan.ts';
import { openRun } from './open-run.ts';
import type { PlanOptions } from './options.ts';
import { type PlanTraffic, planTraffic } from './plan-traffic.ts';
import { planReport } from './reporting/plan.ts';
import { liveMeshOf, type SessionState } from './session.ts';
import type { ConnectStranger } from './strangers.ts';
import { writePlanText } from './write-plan.ts';

/** What an apply would do, object by object, and what that changes for traffic. Writes nothing to a cluster. */
export async function planUseCase(state: SessionState, options: PlanOptions): Promise<PlanReport> {
  await using run = await openRun(state, options, { operation: 'plan' });
  const planned = await planMesh(run.request);
  if (options.out !== undefined) await writePlanFile(options.out, planned, { state, options });
  const { clients, unreachable, signal } = run.request.ports;
  const connectStranger: ConnectStranger = async (cluster, secret) =>
    await connectByRemoteSecret(cluster, secret, state.ports);
  const traffic =
    options.traffic === 'Leave'
      ? notAsked
      : await planTraffic(planned.edits, { clients, unreachable, signal, connectStranger });
  const requests = [...run.request.ports.clients.values()].reduce((sum, client) => sum + client.counts().requests, 0);
  return planReport(planned.plan, traffic, requests);
}

const notAsked: PlanTraffic = {
  outcome: 'NotPredicted',
  message: 'a prediction was not asked for',
  remedy: 'ask for one',
};

interface Planning {
  readonly state: SessionState;
  readonly options: PlanOptions;
}

async function writePlanFile(
  path: string,
  { plan, records }: PlannedMesh,
  { state, options }: Planning,
): Promise<void> {
  const failed = plan.clusters.find((cluster) => cluster.outcome === 'Failed');
  if (failed !== undefined) {
    const { code, message } = failed.error;
    throw new IsthmusError(
      code,
      `no plan was written to ${path}, because ${failed.cluster} could not be planned: ${message}`,
      {
        cause: failed.error,
        cluster: failed.cluster,
        remedy: remedy`choose the others with ${option('clusters')}, or ${repeat()} when it answers`,
      },
    );
  }
  const refused = plan.clusters
    .flatMap((cluster) => (cluster.outcome === 'Planned' ? cluster.changes : []))
    .find(({ error }) => error !== undefined)?.error;
  if (refused !== undefined) {
    throw new IsthmusError(refused.code, `no plan was written to ${path}: ${refused.message}`, {
      cause: refused,
      ...(refused.cluster === undefined ? {} : { cluster: refused.cluster }),
      ...(refused.remedy === undefined ? {} : { remedy: refused.remedy }),
    });
  }
  const { source, ports } = state;
  const { declared } = liveMeshOf(state);
  const { file, home, contexts, accept } = source.origin;
  const only = options.clusters ?? source.plan?.only;
  const maxDelete = options.maxDelete ?? source.plan?.maxDelete;
  const text = planFileText({
    madeAt: new Date(ports.clock.now()).toISOString(),
    mesh: declared.mesh.metadata.name,
    source: { file, home, contexts, ...(accept === undefined ? {} : { accept: [...accept] }) },
    documents: documentsOf(declared),
    declared: declaredDigest(declared, digest),
    ...(only === undefined ? {} : { only: [...only] }),
    ...(maxDelete === undefined ? {} : { maxDelete }),
    clusters: [...records()],
  });
  await writePlanText(path, text);
}
