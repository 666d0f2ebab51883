import { join } from 'node:path';
import type { ClusterName } from '../../api/name.ts';
import type { Clock } from '../../base/clock.ts';
import { systemClock } from '../../base/system-clock.ts';
import { readFolder, type SnapshotFlags } from '../../engine/load-snapshot.ts';
import { loadMesh, sourceFlags } from '../../engine/mesh-file.ts';
import { chosenClusters, openMeshFleet, openStoredFleet, splitFleet } from '../../engine/mesh-fleet.ts';
import type { KubeClient } from '../../kube/client.ts';
import { readPeerAnswers } from '../../observe/peer-answers.ts';
import { meshFileName } from '../../snapshot/folder.ts';
import { recordedAnswers } from '../../snapshot/stored-client.ts';
import { type ClusterStatus, readStatus, unreachableStatus } from '../../status/cluster-status.ts';
import { withMeshSkew } from '../../status/skew.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import { type CliContext, exitCodes } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-code.ts';
import type { Terminal } from '../shell/terminal.ts';
import { statusText } from './text.ts';

/** Of the clusters as they are, or as a snapshot holds them: then as of its time. */
export async function runStatus(context: CliContext, flags: SnapshotFlags, terminal: Terminal): Promise<ExitCode> {
  const stored = flags.snapshot === undefined ? undefined : await readFolder(flags);
  const source = flags.snapshot === undefined ? flags : { file: join(flags.snapshot, meshFileName) };
  const declared = await loadMesh(source, context, terminal);
  const wanted = chosenClusters(declared, flags.clusters);
  await using fleet =
    stored === undefined ? await openMeshFleet(declared, context) : await openStoredFleet(declared, stored);
  const clock = stored?.takenAt === undefined ? systemClock : stoppedClock(stored.takenAt);
  const { clients, failures } = splitFleet(fleet);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(flags.timeout)]);
  const clientOf = (name: ClusterName): KubeClient | undefined => clients.get(name);
  const options = {
    crypto: globalThis.crypto,
    clock,
    signal,
    clientOf,
    askPeers: stored === undefined ? readPeerAnswers : recordedAnswers(stored),
  };
  const each = await Promise.all(
    resolveMesh(declared)
      .topology.clusters.filter(({ name }) => wanted.includes(name))
      .map(async (topology): Promise<ClusterStatus> => {
        const client = clients.get(topology.name);
        const error = failures.get(topology.name);
        if (client !== undefined) return await readStatus(topology, client, options);
        if (error === undefined) throw new TypeError(`cluster ${topology.name} was not opened`);
        return unreachableStatus(topology, error);
      }),
  );
  const statuses = withMeshSkew(each);
  const healthy = statuses.every((status) => status.reachable && status.problems.length === 0);
  const status = {
    mesh: declared.mesh.metadata.name,
    readAt: new Date(clock.now()).toISOString(),
    healthy,
    clusters: statuses,
  };
  terminal.stdout(
    flags.output === 'json'
      ? `${JSON.stringify(status, null, 2)}\n`
      : statusText(status, { source: sourceFlags(source), color: terminal.color }),
  );
  return healthy ? exitCodes.done : exitCodes.answerIsNo;
}

/** Time stands still in a snapshot. */
function stoppedClock(at: string): Clock {
  return { ...systemClock, now: () => Date.parse(at) };
}
