import { type DeletionPolicy, deletionPolicies } from '../api/mesh-cluster.ts';
import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import type { HomeSession, KeptDocument, KeptMesh } from '../engine/home-session.ts';
import type { Absences, RendererPaths } from '../engine/options.ts';
import type { ReportedError } from '../report/error.ts';
import type { LeaveReport } from '../report/leave.ts';
import type { ClusterRemoval } from '../report/uninstall.ts';
import { errorText } from './observations.ts';
import type { Outcome } from './outcome.ts';

export interface LettingGo extends Absences, RendererPaths {
  readonly document: KeptDocument;
  readonly mesh: Pick<KeptMesh, 'abandon'> & {
    readonly probes: Pick<KeptMesh['probes'], 'clear'>;
    readonly session: Pick<KeptMesh['session'], 'mesh' | 'leave' | 'clusters'>;
  };
  readonly home: Pick<HomeSession, 'release'>;
  readonly isPaused: boolean;
  /** Throws where this process may not write any longer. */
  readonly fence: () => void;
  readonly now: () => number;
  readonly timeoutMs: number;
}

/** `Gone`: the document is let go of, and there is nothing left to say about it. */
export type LetGo = 'Gone' | Outcome;

export function deletionPolicyOf({ spec }: Pick<KeptDocument, 'spec'>): DeletionPolicy {
  return deletionPolicies.find((one) => one === spec.deletionPolicy) ?? 'Retain';
}

/** Does about a cluster whose document is deleted what its policy says, then lets the document go. */
export async function letGo(given: LettingGo): Promise<LetGo> {
  const { document, isPaused, now, fence } = given;
  const policy = deletionPolicyOf(document);
  if (isPaused && policy !== 'Retain') {
    const message = `The document was deleted; the annotation isthmus.dev/paused keeps it from being carried out (${policy}).`;
    return leaving(now(), { message, waitsForChange: true });
  }
  try {
    fence();
    return await carryOut(policy, given);
  } catch (thrown) {
    return refusal(now(), asIsthmusError(thrown), policy);
  }
}

async function carryOut(policy: DeletionPolicy, given: LettingGo): Promise<LetGo> {
  const { document, mesh, home, now, fence } = given;
  const { mesh: name = '' } = mesh.session;
  if (policy === 'Retain') {
    await home.release(document, { retainedIn: name });
    return 'Gone';
  }
  if (policy === 'Abandon') {
    const { drained, without, istioctl, helm, timeoutMs } = given;
    await mesh.abandon(document.name, { drained, without, istioctl, helm, timeoutMs, homeDocuments: 'Leave' });
  } else {
    const keep = mesh.session.clusters.filter((one) => one !== document.name);
    await mesh.probes.clear({ until: 'Done', keep });
    const problem = await leave(given);
    if (problem !== undefined) return leaving(now(), { message: problem, waitsForChange: false });
  }
  fence();
  await home.release(document, { forgottenIn: name });
  return 'Gone';
}

/**
 * Why the cluster has not left, undefined where it has. The others are brought to the mesh without it by their own turns. A peer that does not answer holds nobody up: it is brought to the mesh
 * without the cluster when it does.
 */
async function leave(given: LettingGo): Promise<string | undefined> {
  const { document, mesh, drained, without, istioctl, helm, timeoutMs } = given;
  const shared = { drained, without, istioctl, helm, timeoutMs, homeDocuments: 'Leave', others: 'Leave' } as const;
  try {
    return problemOf(await mesh.session.leave(document.name, shared));
  } catch (thrown) {
    const { code } = asIsthmusError(thrown);
    if (code !== 'cluster-unreachable' || document.spec.onUnreachable !== 'Remove') throw thrown;
    return problemOf(await mesh.session.leave(document.name, { ...shared, side: 'Lost' }));
  }
}

function problemOf({ left }: LeaveReport): string | undefined {
  const [first] = left.clusters.filter(({ outcome }) => outcome !== 'Removed');
  return first === undefined ? undefined : removalText(first);
}

function removalText(removal: ClusterRemoval): string {
  if (removal.outcome === 'Failed') return errorText(removal.error);
  const [stuck] = removal.stuck;
  if (stuck === undefined) return 'Something of the mesh is still there.';
  const { object, reason } = stuck;
  return `${removal.stuck.length} objects are still there, ${object.kind} ${object.name} among them: ${reason}.`;
}

function refusal(at: number, error: IsthmusError, policy: DeletionPolicy): Outcome {
  const { code } = error;
  const isRefused = code === 'leave-refused';
  const otherwise = `Set spec.deletionPolicy to ${policy === 'Uninstall' ? 'Retain or Abandon' : 'Retain'} to let the document go without that.`;
  const isGone = code === 'cluster-unreachable' && policy === 'Uninstall';
  const lost = isGone ? ['Set spec.onUnreachable to Remove where the cluster is gone for good.'] : [];
  const message = [
    isGone ? errorText({ message: error.message }) : errorText(error as ReportedError),
    ...lost,
    otherwise,
  ];
  const outcome = leaving(at, { message: message.join(' '), waitsForChange: isRefused });
  return isRefused ? { ...outcome, reason: 'LeaveRefused' } : outcome;
}

function leaving(at: number, rest: Pick<Outcome, 'message' | 'waitsForChange'>): Outcome {
  return { at, result: 'Differs', reason: 'Leaving', writes: 0, restored: [], ...rest };
}
