import { isPaused, type Keeping, pausedServices, settledBeside, subjectOf } from './keeping.ts';
import { foughtOver, noteOutcome } from './memory.ts';
import type { Outcome } from './outcome.ts';
import type { WorkEnd } from './queue.ts';
import { reconcile } from './reconcile.ts';
import { tell, tellOutcome } from './tell.ts';
import { tellWhole } from './tell-whole.ts';

const reconcileMs = 120_000;
/** While another cluster is being abandoned. */
const busyMs = 1_000;

/** Brings a cluster to what the documents say, or lets it go. `after`: what is looked at when it was done. */
export async function workOn(
  name: string,
  keeping: Keeping,
  after: (name: string, outcome: Outcome) => void,
): Promise<WorkEnd> {
  const { mesh, leadership, clock, signal, metrics, istioctl, helm, lifecycle } = keeping;
  const { document, memory } = subjectOf(name, keeping);
  if (lifecycle.isBusy()) return { againInMs: busyMs };
  await lifecycle.hold(document);
  const started = clock.monotonic();
  memory.isReconciling = true;
  const shared = {
    isPaused: isPaused(name, keeping),
    fence: leadership.check,
    now: clock.now,
    timeoutMs: reconcileMs,
    istioctl,
    helm,
  };
  const absences = lifecycle.absencesFor(name);
  const outcome = document.isDeleted
    ? await lifecycle.letGo(document, shared)
    : await reconcile({
        ...shared,
        ...absences,
        session: mesh.session,
        cluster: name,
        pausedServices: pausedServices(keeping),
        settled: settledBeside(name, keeping),
      });
  memory.isReconciling = false;
  if (signal.aborted || outcome === 'Gone') return 'Done';
  noteOutcome(memory, outcome);
  metrics.reconciled(name, outcome, (clock.monotonic() - started) / 1000);
  const fought = foughtOver(memory, clock.now());
  await tellOutcome(keeping, document, memory);
  await tell(keeping, document, memory);
  await tellWhole(keeping, keeping.state.documents);
  after(name, outcome);
  if (fought.length > 0) return 'Failed';
  return outcome.result === 'AsDeclared' || outcome.waitsForChange ? 'Done' : 'Failed';
}
