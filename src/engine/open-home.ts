import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { openContext, openInCluster } from '../fleet/fleet.ts';
import { shareLock } from '../fleet/shared-lock.ts';
import { type WatchPlan, watchDocuments } from '../keep/changes.ts';
import { readKeptDocuments } from '../keep/documents.ts';
import { holdDocument, releaseDocument } from '../keep/finalizer.ts';
import { becomeLeader } from '../keep/leader.ts';
import { createRecorder, writeStatus } from '../keep/record.ts';
import { forget, readRetained, retain } from '../keep/retained.ts';
import type { KubeClient } from '../kube/client.ts';
import type { HeldLease } from '../kube/lease.ts';
import { checkDocuments } from '../mesh/check/check-documents.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { withGiven } from '../mesh/given.ts';
import { systemNamespace } from '../objects/ownership.ts';
import { readHome } from '../observe/home.ts';
import { createRootStore } from '../trust/root-store.ts';
import { reachedFromHome } from './home-access.ts';
import { homeClock } from './home-clock.ts';
import type { HomeOptions, HomeSession, KeptMesh, Leadership, WatchListener } from './home-session.ts';
import { keptMesh } from './kept-mesh.ts';
import { signalOf } from './limits.ts';
import type { EnginePorts } from './ports.ts';
import { sessionOf } from './session.ts';

/** What everything of a home session works with. */
interface Home {
  readonly client: KubeClient;
  readonly options: HomeOptions;
  /** Without a root, and without the means to make one. */
  readonly ports: EnginePorts;
}

/**
 * Opens the home cluster for a process that keeps the mesh which the cluster's documents describe. It never makes a root:
 * a mesh without an issuer fails with `root-key-missing`. Throws `invalid-kubeconfig` where the process runs in no pod and no
 * context is given, and `context-not-found`.
 */
export async function openHome(options: HomeOptions, given: EnginePorts): Promise<HomeSession> {
  const { context, called } = options;
  const reaching = { ...given, signal: signalOf(given) };
  const client = context === undefined ? await openInCluster(called, reaching) : await openContext(context, reaching);
  const clock = homeClock(client, given.clock);
  const ports = { ...given, clock, roots: createRootStore({ folder: '/nonexistent/isthmus', create: 'Never' }) };
  const home: Home = { client, options, ports };
  const recorder = createRecorder({
    client,
    clock,
    instance: ports.holder,
    makeId: () => Buffer.from(ports.crypto.getRandomValues(new Uint8Array(8))).toString('hex'),
    onFailure: (error) =>
      ports.logger?.({ level: 'warning', message: `an Event could not be written: ${asIsthmusError(error).message}` }),
  });
  return {
    clock,
    lead: async ({ lease, namespace = systemNamespace, onWaiting, signal }) => {
      const { random, holder } = ports;
      const candidate = { namespace, lease, holder, clock, random, signal, onWaiting };
      return leadershipOf(await becomeLeader(client, candidate));
    },
    watch: (listener, signal) => void watchDocuments(watchPlan(client, ports, { listener, signal })),
    read: async (leadership) => {
      const documents = await readKeptDocuments(client, leadership.signal);
      return { documents, mesh: await readMesh(home, leadership) };
    },
    documents: async (signal) => await readKeptDocuments(client, signal),
    writeStatus: async (document, status) => await writeStatus(client, document, status),
    hold: async (document) => await holdDocument(client, document),
    release: async (document, record) => {
      if (record !== 'NoMesh') {
        if ('retainedIn' in record) await retain(client, record.retainedIn, document);
        else await forget(client, record.forgottenIn, document.name);
      }
      await releaseDocument(client, document);
    },
    record: async (happening) => await recorder.record(happening),
    [Symbol.asyncDispose]: async () => await client[Symbol.asyncDispose](),
  };
}

/** The signal ends with the leadership, also where it is given up. */
function leadershipOf(lease: HeldLease): Leadership {
  const over = new AbortController();
  return {
    signal: AbortSignal.any([lease.signal, over.signal]),
    check: () => {
      over.signal.throwIfAborted();
      lease.check();
    },
    async [Symbol.asyncDispose]() {
      over.abort(new IsthmusError('cancelled', 'the leadership was given up'));
      await lease[Symbol.asyncDispose]();
    },
  };
}

async function readMesh(home: Home, leadership: Fence): Promise<KeptMesh | IsthmusError> {
  const { client, options, ports } = home;
  try {
    const reading = checkDocuments(
      await readHome(client, leadership.signal, {
        retained: async (mesh) => await readRetained(client, mesh, leadership.signal),
      }),
    );
    if (reading.declared === undefined) throw notAMesh(reading.findings);
    const declared = accepted(reading.declared, options);
    const reached = reachedFromHome(declared, options);
    const origin = { home: declared.home.metadata.name };
    const source = { declared: reached, findings: reading.findings, folder: '/nonexistent', origin };
    const bound = { ...ports, signal: leadership.signal };
    const openLock = shareLock({ signal: leadership.signal, fence: leadership.check });
    const state = { ...sessionOf(source, bound, { connections: 'Kept' }), openLock };
    const { probeImage } = options;
    return keptMesh(state, { client, probeImage, plan: (watched, listening) => watchPlan(watched, ports, listening) });
  } catch (thrown) {
    leadership.signal.throwIfAborted();
    const error = asIsthmusError(thrown);
    if (error.code === 'internal') throw error;
    return error;
  }
}

function notAMesh(findings: IsthmusError['findings']): IsthmusError {
  return new IsthmusError('invalid-config', 'the documents do not describe a mesh; nothing was changed', {
    findings,
    remedy: 'correct the documents',
  });
}

/** Whoever may write documents must not choose files and charts of this process. */
function accepted(declared: DeclaredMesh, { accept, called }: HomeOptions): DeclaredMesh {
  const given = withGiven(declared, { home: called, accept, connects: 'ByCaller' });
  if (given.declared === undefined) throw notAMesh(given.findings);
  return given.declared;
}

type Fence = Pick<Leadership, 'signal' | 'check'>;

interface Listening {
  readonly listener: WatchListener;
  readonly signal: AbortSignal;
}

/** Between two attempts of a watch that failed, in milliseconds, and as much again at random. */
const watchPauseMs = 1_000;

function watchPlan(client: KubeClient, { clock, random }: EnginePorts, { listener, signal }: Listening): WatchPlan {
  const pause = async (): Promise<void> => await clock.sleep(watchPauseMs * (1 + random()), signal);
  return { client, signal, onChange: listener.onChange, onFailure: listener.onFailure, pause };
}
