import type { MeshClusterStatus } from '../api/mesh-cluster-status.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { objectToJson } from '../base/json.ts';
import type { KeptDocument } from '../engine/home-session.ts';
import type { Judgement } from './judge.ts';
import { counts, type GenerationOptions, type KeeperOptions, staleMs } from './keeping.ts';
import { type ClusterMemory, foughtOver } from './memory.ts';
import { type Probed, saysTheSame, statusOf } from './status.ts';

/** A status that says the same is written again after so long, for the times in it. */
const rewriteMs = 300_000;

/** Writes the status where it says something new. */
export async function tell(keeper: GenerationOptions, document: KeptDocument, memory: ClusterMemory): Promise<void> {
  const { home, leadership, clock, log, metrics } = keeper;
  const { generation, isDeleted, name } = document;
  const now = clock.now();
  const { looks, latest, outcome, isReconciling, written: before, absence } = memory;
  const fought = foughtOver(memory, now);
  const known = {
    now,
    staleMs,
    generation,
    looks,
    latest,
    outcome,
    isReconciling,
    isLeaving: isDeleted,
    absence: absence.stage,
    foughtOver: fought,
    before,
    probed: probedOf(name, keeper, now),
    held: heldOf(name, keeper, now),
    istiodCredential: keeper.credentials.istiodProblem(name, now),
    ownCredential: keeper.credentials.ownProblem(name, now),
  };
  const status = statusOf(known);
  metrics.told(name, status);
  if (saysTheSame(status, before) && now - memory.writtenAt < rewriteMs) return;
  try {
    leadership.check();
    await home.writeStatus(document, objectToJson(status));
    memory.written = status;
    memory.writtenAt = now;
  } catch (error) {
    log({
      level: 'warning',
      cluster: name,
      message: `the status could not be written: ${asIsthmusError(error).message}`,
    });
    return;
  }
  if (status.phase !== before.phase) await tellPhase(keeper, document, status);
}

/** What probes say of a cluster. */
function probedOf(name: string, keeper: GenerationOptions, now: number): Probed | undefined {
  const { paths, state } = keeper;
  const { mesh } = state;
  if (mesh instanceof IsthmusError) return undefined;
  const peers = mesh.probes.peersOf(name).filter((peer) => counts(peer, keeper));
  return {
    dataPath: peers.length === 0 ? undefined : paths.dataPath(name, peers, now),
    gatewayProblem: paths.gatewayProblem(name, now),
    fails: (peer) => paths.dataPath(name, [peer], now).status === 'False',
  };
}

/** What the istiods of a cluster hold of the peers that they read. */
function heldOf(name: string, keeper: GenerationOptions, now: number): Judgement | undefined {
  const latest = keeper.memories.get(name)?.latest;
  const read = latest?.reachable === true ? latest.peers.map(({ peer }) => peer) : [];
  const peers = read.filter((peer) => counts(peer, keeper));
  return peers.length === 0 ? undefined : keeper.heldLooks.judge(name, peers, { now, staleMs });
}

const good: ReadonlySet<string | undefined> = new Set(['Created', 'Reconciling', 'Available', 'Leaving']);

async function tellPhase(
  { home, log }: KeeperOptions,
  about: KeptDocument,
  { phase, conditions }: MeshClusterStatus,
): Promise<void> {
  const why = conditions?.find(({ type }) => type === 'Available')?.message ?? '';
  log({
    level: good.has(phase) ? 'info' : 'warning',
    cluster: about.name,
    message: 'the status changed',
    fields: { phase: phase ?? '', why },
  });
  const type = good.has(phase) ? 'Normal' : 'Warning';
  await home.record({ about, type, reason: phase ?? 'Unknown', action: 'Look', note: why });
}

/** Tells of what a reconcile did, or why it did not. */
export async function tellOutcome(
  { home, log }: KeeperOptions,
  about: KeptDocument,
  { outcome }: ClusterMemory,
): Promise<void> {
  if (outcome === undefined || (outcome.writes === 0 && outcome.result === 'AsDeclared')) return;
  const { result, reason, writes, restored, message } = outcome;
  const level = result === 'AsDeclared' ? 'info' : 'warning';
  log({
    level,
    cluster: about.name,
    message: 'reconciled',
    fields: { result, reason, writes, restored: restored.join('; '), why: message },
  });
  const isRestored = restored.length > 0;
  const note = isRestored
    ? `Put back: ${restored.join('; ')}`
    : result === 'AsDeclared'
      ? 'Brought to what the mesh declares.'
      : message;
  const type = result === 'AsDeclared' ? 'Normal' : 'Warning';
  await home.record({ about, type, reason: isRestored ? 'Restored' : reason, action: 'Reconcile', note });
}
