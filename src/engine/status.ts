import type { ClusterName } from '../api/name.ts';
import { readDrift } from '../apply/read-drift.ts';
import { type Clock, timeOf } from '../base/clock.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { ClusterDrift } from '../diagnose/facts/drift.ts';
import type { ServiceEffect } from '../diagnose/facts/service.ts';
import type { KubeClient } from '../kube/client.ts';
import { readPeerAnswers } from '../observe/peer-answers.ts';
import type { StatusReport } from '../report/status.ts';
import type { StoredSnapshot } from '../snapshot/folder.ts';
import { recordedAnswers } from '../snapshot/stored-client.ts';
import { type ClusterStatus, readStatus, unreachableStatus } from '../status/cluster-status.ts';
import { withDrift, withServices, withUnreadShifts } from '../status/drift.ts';
import { withMeshSkew } from '../status/skew.ts';
import { meshDuring } from './absences.ts';
import { readIssuerFiles } from './issuer-files.ts';
import { limitedSignal, timeoutOf } from './limits.ts';
import { openStoredFleet, splitFleet } from './mesh-fleet.ts';
import { openClusters } from './open-clusters.ts';
import { meshPorts, type RunParts } from './open-run.ts';
import type { StatusOptions } from './options.ts';
import { statusReport } from './reporting/status.ts';
import {
  type ModelReading,
  readModel,
  serviceEffects,
  type WantedServices,
  wantedServices,
} from './service-effects.ts';
import { chosenClusters, meshOf, type SessionState } from './session.ts';

/** What the clusters hold and report now; of a snapshot, what they did at its time. */
export async function statusUseCase(state: SessionState, options: StatusOptions): Promise<StatusReport> {
  const { source, ports } = state;
  const { stored } = source;
  const mesh = meshDuring(meshOf(state), options);
  const wanted = chosenClusters(mesh, options.clusters);
  await using fleet =
    stored === undefined
      ? await openClusters(state, mesh, { operation: 'status', carries: 'NoKeys' })
      : await openStoredFleet(mesh, stored);
  const clock = stored?.takenAt === undefined ? ports.clock : stoppedClock(ports.clock, stored.takenAt);
  const readAt = timeOf(clock);
  const { clients, failures } = splitFleet(fleet);
  const clientOf = (name: ClusterName): KubeClient | undefined => clients.get(name);
  const reading = {
    mesh: mesh.name,
    crypto: ports.crypto,
    clock,
    signal: limitedSignal(ports, timeoutOf(options)),
    clientOf,
    askPeers: stored === undefined ? readPeerAnswers : recordedAnswers(stored),
  };
  const isCompared = stored === undefined && options.drift !== 'Leave';
  const comparing = isCompared ? compare(state, options, { mesh, fleet, wanted, signal: reading.signal }) : undefined;
  const reads = Promise.all(
    mesh.topology.clusters
      .filter(({ name }) => wanted.includes(name))
      .map(async (topology): Promise<ClusterStatus> => {
        const client = clients.get(topology.name);
        const error = failures.get(topology.name);
        if (client !== undefined) return await readStatus(topology, client, reading);
        if (error !== undefined) return unreachableStatus(topology, error, readAt);
        throw new IsthmusError('internal', `cluster ${topology.name} was not opened`);
      }),
  );
  const modelled = async (): Promise<WantedServices & { readonly found?: ModelReading }> => {
    const known = await wantedServices(mesh, { clients, clock, signal: reading.signal });
    if (known.services.length === 0 || options.drift === 'Leave') return known;
    return { ...known, found: await modelOf(stored, { clients, unreachable: failures, signal: reading.signal }) };
  };
  const [clusters, drifts, { services, unread, found }] = await Promise.all([reads, comparing, modelled()]);
  const compared = drifts === undefined ? clusters : withDrift(clusters, drifts, readAt);
  const effectsOf = (cluster: ClusterName, read: ModelReading): readonly ServiceEffect[] =>
    serviceEffects(cluster, services, { model: read, drift: drifts?.get(cluster) });
  const steered =
    found === undefined ? compared : withServices(compared, (cluster) => effectsOf(cluster, found), readAt);
  const known =
    unread === undefined ? steered : withUnreadShifts(steered, { home: mesh.home, error: unread, at: readAt });
  return statusReport({ mesh: mesh.name, readAt, clusters: withMeshSkew(known, readAt) });
}

/** What a snapshot recorded, or what the clusters hold now. */
async function modelOf(
  stored: StoredSnapshot | undefined,
  read: Parameters<typeof readModel>[0],
): Promise<ModelReading> {
  return stored === undefined ? await readModel(read) : { snapshot: stored.snapshot };
}

interface Comparison extends Pick<RunParts, 'mesh' | 'fleet' | 'signal'> {
  readonly wanted: readonly ClusterName[];
}

/** What the clusters hold against what is declared; why not, where the issuer's files cannot be read. */
async function compare(
  { ports, source, turns }: SessionState,
  options: StatusOptions,
  { wanted, ...parts }: Comparison,
): Promise<ReadonlyMap<ClusterName, ClusterDrift>> {
  try {
    const issuerFiles = await readIssuerFiles(parts.mesh.declared, source.folder);
    return await readDrift({
      mesh: parts.mesh,
      ports: meshPorts(ports, { ...parts, issuerFiles, renderers: { ...options, inTurn: turns?.renders } }),
      scope: options.clusters === undefined ? {} : { only: new Set(wanted) },
    });
  } catch (thrown) {
    parts.signal.throwIfAborted();
    const error = asIsthmusError(thrown);
    if (error.code === 'internal') throw error;
    return new Map(wanted.map((name) => [name, { state: 'Unread', error }]));
  }
}

/** Time stands still in a snapshot. */
function stoppedClock(clock: Clock, at: string): Clock {
  return { ...clock, now: () => Date.parse(at) };
}
