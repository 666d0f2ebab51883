import type { MeshClusterStatus } from '../api/mesh-cluster-status.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { JsonObject } from '../base/json.ts';
import type { KeptDocument } from '../engine/home-session.ts';
import { createCredentials } from './credentials.ts';
import { createHeldLooks } from './held-looks.ts';
import { keepClusters } from './keep-clusters.ts';
import type { GenerationOptions, KeeperOptions } from './keeping.ts';
import { deletionPolicyOf } from './let-go.ts';
import { createLifecycle } from './lifecycle.ts';
import { type ClusterMemory, newMemory, noteDocuments, noteOutcome } from './memory.ts';
import { failed } from './outcome.ts';
import { createPaths } from './paths.ts';
import { createQueue, type WorkEnd } from './queue.ts';
import { tell } from './tell.ts';
import { signatureOf, tellWhole } from './tell-whole.ts';

/** Keeps the mesh of a home cluster as long as this process leads. Resolves when everything under way has ended. */
export async function keepMesh(options: KeeperOptions): Promise<void> {
  const { home, leadership, clock, random, log } = options;
  const { signal } = leadership;
  const memories = new Map<string, ClusterMemory>();
  const paths = createPaths();
  const heldLooks = createHeldLooks();
  const credentials = createCredentials();
  const wholes = new Map<string, JsonObject>();
  let generation: Generation | undefined;
  const read = async (): Promise<void> => {
    const next = new AbortController();
    const bound = { check: leadership.check, signal: AbortSignal.any([signal, next.signal]) };
    const state = await home.read(bound);
    if (state.mesh instanceof IsthmusError && state.mesh.retry) throw state.mesh;
    await generation?.end();
    generation = beginGeneration({
      ...options,
      memories,
      paths,
      heldLooks,
      credentials,
      wholes,
      state,
      ending: next,
      reload,
    });
  };
  // What was declared, or how clusters are reached, may be another since it was read.
  let isOld = true;
  const work = async (): Promise<WorkEnd> => {
    if (!isOld) {
      generation?.ask(await home.documents(signal));
      return 'Done';
    }
    isOld = false;
    await read().catch((error: unknown) => {
      isOld = true;
      throw error;
    });
    return 'Done';
  };
  const reload = (): void => {
    isOld = true;
    queue.wake('documents', 'Urgent');
  };
  const onError = (_: string, error: unknown): void =>
    log({ level: 'warning', message: `the documents could not be read: ${asIsthmusError(error).message}` });
  const queue = createQueue({ work, clock, random, signal, onError });
  home.watch(
    {
      onChange: ({ part }) => (part === 'Asked' ? queue.wake('documents', 'Urgent') : reload()),
      onFailure: ({ message }) => log({ level: 'warning', message: `the documents are not watched: ${message}` }),
    },
    signal,
  );
  queue.wake('documents', 'Urgent');
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
  await queue.idle();
  await generation?.end();
}

/** The documents of one moment, and what is done about them until they change. */
interface Generation {
  /** The same documents ask for something else. */
  ask(documents: readonly KeptDocument[]): void;
  end(): Promise<void>;
}

function beginGeneration(options: GenerationOptions): Generation {
  const { state, memories, ending, leadership } = options;
  const clusters = state.documents.filter(({ kind }) => kind === 'MeshCluster');
  for (const { name, status } of clusters) {
    if (!memories.has(name)) memories.set(name, newMemory(status as MeshClusterStatus));
  }
  const declared = signatureOf(state.documents);
  for (const memory of memories.values()) noteDocuments(memory, declared);
  for (const name of memories.keys()) if (!clusters.some((one) => one.name === name)) memories.delete(name);
  const { paths, heldLooks, credentials, metrics } = options;
  for (const one of [paths, heldLooks, credentials, metrics]) one.keepOnly(clusters.map(({ name }) => name));
  const signal = AbortSignal.any([leadership.signal, ending.signal]);
  const { mesh } = state;
  if (mesh instanceof IsthmusError) {
    const told = tellInvalid(options, clusters, mesh);
    return { ask: () => undefined, end: async () => await told };
  }
  const keeping = keepClusters({
    ...options,
    mesh,
    clusters,
    signal,
    lifecycle: createLifecycle({ ...options, mesh, clusters }),
  });
  return {
    ask: keeping.ask,
    async end() {
      // A token that was swapped is proved before the connections are closed.
      await keeping.settle();
      ending.abort(new IsthmusError('cancelled', 'the documents have changed'));
      await keeping.idle();
      await mesh[Symbol.asyncDispose]();
    },
  };
}

/** Reports documents that describe no mesh; nothing is done about them. */
async function tellInvalid(
  options: GenerationOptions,
  clusters: readonly KeptDocument[],
  error: IsthmusError,
): Promise<void> {
  const { clock, log, memories } = options;
  log({ level: 'error', message: `the documents do not describe a mesh: ${error.message}` });
  for (const document of clusters) {
    const memory = memories.get(document.name);
    if (memory === undefined) continue;
    // Where there is no mesh nothing can be taken out of one.
    if (document.isDeleted && deletionPolicyOf(document) === 'Retain') {
      options.leadership.check();
      await options.home.release(document, 'NoMesh');
      continue;
    }
    noteOutcome(memory, failed(clock.now(), error));
    await tell(options, document, memory);
  }
  await tellWhole(options, options.state.documents);
}
