import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { ClusterStatus } from '../report/status.ts';
import { counts, type Keeping, lookEveryMs, staleMs, subjectOf } from './keeping.ts';
import { type ClusterMemory, noteLook } from './memory.ts';
import { isRefusedPeer } from './peer-metrics.ts';
import type { Queue, WorkEnd } from './queue.ts';
import { tell } from './tell.ts';
import { tellAbsence } from './tell-absence.ts';
import { tellWhole } from './tell-whole.ts';
import type { TokenKeeper } from './tokens.ts';

/** After a look that found something wrong: another one confirms it or does not. */
const confirmMs = 5_000;
/** A cluster that is not reached is tried this often. */
const awayMs = 15_000;
const renewEveryMs = 3_600_000;
const lookMs = 30_000;

/** Who does something about what a look found. */
export interface LookFollowers {
  readonly work: Pick<Queue, 'wake'>;
  readonly tokens: Pick<TokenKeeper, 'refused'>;
}

/** Looks at what no watch tells of a cluster, and says what follows. */
export async function lookAt(name: string, keeping: Keeping, { work, tokens }: LookFollowers): Promise<WorkEnd> {
  const { mesh, clock, random, signal, metrics, lifecycle } = keeping;
  const { document, memory } = subjectOf(name, keeping);
  const wasAway = memory.latest?.reachable === false;
  const absences = lifecycle.absencesFor(name);
  const [report] = await Promise.all([
    mesh.session.status({ clusters: [name], drift: 'Leave', timeoutMs: lookMs, ...absences }),
    compareHeld(name, keeping),
  ]);
  if (signal.aborted) return 'Done';
  const [status] = report.clusters;
  if (status === undefined) throw new IsthmusError('internal', `nothing was read of ${name}`);
  noteLook(memory, status, clock.now());
  metrics.looked(status);
  if (status.reachable)
    tokens.refused(
      name,
      status.peers.filter(isRefusedPeer).map(({ peer }) => peer),
    );
  if (wasAway && status.reachable) work.wake(name, 'Urgent');
  if (isRenewalDue(status, memory, clock.now())) work.wake(name);
  await tell(keeping, document, memory);
  const stage = lifecycle.noteLook(document, clock.now());
  if (stage !== undefined) {
    await tell(keeping, document, memory);
    await tellAbsence(keeping, document, stage);
    for (const one of keeping.clusters) work.wake(one.name, 'Urgent');
  }
  await tellWhole(keeping, keeping.state.documents);
  const isConfirming = memory.written.conditions?.some(({ reason }) => reason === 'NotConfirmed') === true;
  if (isConfirming) return { againInMs: confirmMs };
  return { againInMs: status.reachable ? lookEveryMs * (0.9 + random() / 5) : awayMs };
}

/** What istiod holds of its peers; a cluster whose istiod cannot be asked costs nothing but that. */
async function compareHeld(name: string, keeping: Keeping): Promise<void> {
  const { mesh, clock, clusters, heldLooks, metrics } = keeping;
  const others = clusters.map((one) => one.name).filter((peer) => peer !== name);
  const peers = others.filter((peer) => counts(peer, keeping));
  if (peers.length === 0) return;
  try {
    heldLooks.note(name, await mesh.endpoints.compare(name, peers), clock.now());
  } catch (thrown) {
    heldLooks.noteUnread(name, asIsthmusError(thrown).message, clock.now());
  }
  const context = { now: clock.now(), staleMs };
  for (const peer of others) {
    metrics.differing(name, peer, peers.includes(peer) ? heldLooks.standing(name, peer, context) : undefined);
  }
}

/** A reconcile renews an intermediate that is due; one that failed at it is tried again an hour later. */
function isRenewalDue(status: ClusterStatus, { outcome, isReconciling }: ClusterMemory, now: number): boolean {
  if (isReconciling) return false;
  const renewAt = status.reachable ? Date.parse(status.certificate?.renewAt ?? '') : Number.NaN;
  return now >= renewAt && (outcome === undefined || outcome.at < Math.max(renewAt, now - renewEveryMs));
}
