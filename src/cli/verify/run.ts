import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { IsthmusError } from '../../base/error.ts';
import { systemClock } from '../../base/system-clock.ts';
import { loadMesh } from '../../engine/mesh-file.ts';
import { chosenClusters, openMeshFleet, splitFleet } from '../../engine/mesh-fleet.ts';
import { injectionLabels } from '../../istio/revision.ts';
import type { KubeClient } from '../../kube/client.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import { istiodHost } from '../../topology/topology.ts';
import type { VerifyEvent } from '../../verify/cluster-run.ts';
import { type VerifyCluster, verify } from '../../verify/verify.ts';
import { type CliContext, exitCodes } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-code.ts';
import type { VerifyFlags } from '../shell/flags.ts';
import { paint, type Terminal } from '../shell/terminal.ts';
import { junitXml } from './junit.ts';
import { verifyText } from './text.ts';

export async function runVerify(context: CliContext, flags: VerifyFlags, terminal: Terminal): Promise<ExitCode> {
  if (!Number.isSafeInteger(flags.requests) || flags.requests < 1 || flags.requests > 1000) {
    throw new IsthmusError('usage', '--requests must be a whole number from 1 to 1000');
  }
  const declared = await loadMesh(flags, context, terminal);
  const wanted = chosenClusters(declared, flags.clusters);
  await using fleet = await openMeshFleet(declared, context);
  const { clients, failures } = splitFleet(fleet);
  const chosen = resolveMesh(declared).topology.clusters.filter(({ name }) => wanted.includes(name));
  const report = await verify({
    mesh: declared.mesh.metadata.name,
    trustDomain: declared.mesh.spec.trust.domain,
    clusters: chosen.map(
      (cluster): VerifyCluster => ({
        name: cluster.name,
        network: cluster.network,
        istiodIn: istiodHost(cluster),
        injectionLabels: injectionLabels(cluster.revision),
        access: accessOf(cluster.name, clients.get(cluster.name), failures.get(cluster.name)),
      }),
    ),
    image: flags.probeImage ?? `docker.io/isthmus/isthmus:${context.version}`,
    runId: randomBytes(4).toString('hex'),
    clock: systemClock,
    signal: context.signal,
    requests: flags.requests,
    timeoutMs: flags.timeout,
    onEvent: (event) => terminal.stderr(eventLine(event, terminal)),
  });
  if (flags.junit !== undefined) await writeFile(flags.junit, junitXml(report));
  terminal.stdout(flags.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : verifyText(report, terminal));
  return report.ok ? exitCodes.done : exitCodes.answerIsNo;
}

function accessOf(
  name: string,
  client: KubeClient | undefined,
  error: IsthmusError | undefined,
): VerifyCluster['access'] {
  if (client !== undefined) return { client };
  return { error: error ?? new IsthmusError('internal', `cluster ${name} was not opened`) };
}

function eventLine(event: VerifyEvent, { color }: Terminal): string {
  return `${paint(describeEvent(event), 'dim', color)}\n`;
}

function describeEvent(event: VerifyEvent): string {
  switch (event.type) {
    case 'Started':
      return `probes in namespace ${event.details.namespace} of ${event.details.clusters.join(', ')}`;
    case 'PodsReady':
      return `${event.cluster}: probes ready (${seconds(event.details.afterMs)})`;
    case 'Reached':
      return `${event.cluster}: ${event.details.service} answers (${seconds(event.details.afterMs)})`;
    case 'Measured':
      return `${event.cluster}: ${event.details.service} measured`;
    case 'ClusterFailed':
      return `${event.cluster}: ${event.details.message}`;
    case 'CleanUp':
      return `${event.cluster}: probes ${cleanUpWords[event.details.outcome]}`;
  }
}

const cleanUpWords = {
  Nothing: 'left nothing to remove',
  Requested: 'are being removed',
  Gone: 'are gone',
  Failed: 'could not be removed; they remove themselves when they expire',
} as const;

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
