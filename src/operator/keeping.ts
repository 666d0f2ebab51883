import type { Clock } from '../base/clock.ts';
import { IsthmusError } from '../base/error.ts';
import type { Logger } from '../base/logger.ts';
import type { HomeSession, HomeState, KeptDocument, KeptMesh, Leadership } from '../engine/home-session.ts';
import type { ServiceName } from '../engine/options.ts';
import type { Credentials } from './credentials.ts';
import type { HeldLooks } from './held-looks.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { ClusterMemory } from './memory.ts';
import type { Metrics } from './metrics.ts';
import type { Paths } from './paths.ts';
import type { WholeTeller } from './tell-whole.ts';

/** What no watch tells is looked at this often, in milliseconds, spread by a fifth. */
export const lookEveryMs = 60_000;
/** What was seen longer ago than three looks is not relied on. */
export const staleMs = 3 * lookEveryMs;

export interface KeeperOptions {
  readonly home: Pick<HomeSession, 'read' | 'documents' | 'watch' | 'writeStatus' | 'record' | 'hold' | 'release'>;
  readonly leadership: Pick<Leadership, 'signal' | 'check'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly istioctl?: readonly string[] | undefined;
  readonly helm?: string | undefined;
}

/** What outlives the documents of one moment, and those documents. */
export interface GenerationOptions extends KeeperOptions {
  readonly memories: Map<string, ClusterMemory>;
  readonly paths: Paths;
  readonly heldLooks: HeldLooks;
  readonly credentials: Credentials;
  readonly wholes: WholeTeller['wholes'];
  readonly state: HomeState;
  /** Ends what is under way for these documents. */
  readonly ending: AbortController;
  readonly reload: () => void;
}

/** The mesh that the documents of one moment describe. */
export interface Keeping extends GenerationOptions {
  readonly mesh: KeptMesh;
  readonly clusters: readonly KeptDocument[];
  readonly signal: AbortSignal;
  readonly lifecycle: Lifecycle;
}

export interface Subject {
  readonly document: KeptDocument;
  readonly memory: ClusterMemory;
}

export function subjectOf(name: string, { clusters, memories }: Keeping): Subject {
  const document = clusters.find((one) => one.name === name);
  const memory = memories.get(name);
  if (document === undefined || memory === undefined) throw new IsthmusError('internal', `${name} is not kept`);
  return { document, memory };
}

export function isLeaving(name: string, { clusters }: Keeping): boolean {
  return clusters.some((one) => one.name === name && one.isDeleted);
}

/** False for a peer that the others are to do without: that it does not answer is no fault of theirs. */
export function counts(peer: string, { memories, state }: GenerationOptions): boolean {
  const isGoing = state.documents.some((one) => one.kind === 'MeshCluster' && one.name === peer && one.isDeleted);
  return memories.get(peer)?.absence.stage === 'Kept' && !isGoing;
}

/** The MeshServices that are paused: what was made of them stays as it is in every cluster. */
export function pausedServices({ state }: Keeping): readonly ServiceName[] {
  return state.documents
    .filter((one) => one.kind === 'MeshService' && one.isPaused)
    .map(({ name, namespace }) => ({ name, namespace }));
}

/** The other clusters that hold what these documents declare, so that they use nothing of an earlier mesh. */
export function settledBeside(name: string, { clusters, memories }: Keeping): readonly string[] {
  const others = clusters.map((one) => one.name).filter((one) => one !== name);
  return others.filter((one) => memories.get(one)?.outcome?.result === 'AsDeclared');
}

export function isPaused(name: string, { state }: Keeping): boolean {
  return state.documents.some(
    (one) => one.isPaused && (one.kind === 'Mesh' || (one.kind === 'MeshCluster' && one.name === name)),
  );
}
