import { IsthmusError } from '../base/error.ts';
import { injectionLabels } from '../istio/revision.ts';
import type { KubeClient } from '../kube/client.ts';
import type { VerifyReport } from '../report/verify.ts';
import { istiodHost } from '../topology/topology.ts';
import type { VerifyReport as Verified } from '../verify/report.ts';
import { type VerifyCluster, verify } from '../verify/verify.ts';
import { signalOf, timeoutOf } from './limits.ts';
import { splitFleet } from './mesh-fleet.ts';
import { openClusters } from './open-clusters.ts';
import type { VerifyOptions } from './options.ts';
import { refuseOtherMesh } from './other-mesh.ts';
import { probeImageOf, randomLabel } from './probe-image.ts';
import { verifyReport } from './reporting/verify.ts';
import { chosenClusters, liveMeshOf, type SessionState } from './session.ts';
import { causesOf } from './verify-causes.ts';

const defaultRequests = 40;

/** Proves with real requests from throw-away pods that every cluster reaches every other; takes the pods away again. */
export async function verifyUseCase(state: SessionState, options: VerifyOptions): Promise<VerifyReport> {
  const report = await sendRequests(state, options);
  return verifyReport(report, report.ok ? [] : await causesOf(state, options));
}

/** The requests alone, without what else is wrong. */
export async function sendRequests(state: SessionState, options: VerifyOptions): Promise<Verified> {
  const { ports } = state;
  const requests = options.requests ?? defaultRequests;
  if (!Number.isSafeInteger(requests) || requests < 1 || requests > 1000) {
    throw new IsthmusError('usage', 'the number of requests must be a whole number from 1 to 1000');
  }
  const mesh = liveMeshOf(state);
  const wanted = chosenClusters(mesh, options.clusters);
  await using fleet = await openClusters(state, mesh, { operation: 'verify', carries: 'NoKeys' });
  const { clients: open, failures } = splitFleet(fleet);
  const { clients, failures: unread } = await refuseOtherMesh(open, { mesh: mesh.name, signal: signalOf(ports) });
  const chosen = mesh.topology.clusters.filter(({ name }) => wanted.includes(name));
  return await verify({
    mesh: mesh.name,
    trustDomain: mesh.declared.mesh.spec.trust.domain,
    clusters: chosen.map(
      (cluster): VerifyCluster => ({
        name: cluster.name,
        network: cluster.network,
        istiodIn: istiodHost(cluster),
        injectionLabels: injectionLabels(cluster.revision),
        access: accessOf(
          cluster.name,
          clients.get(cluster.name),
          failures.get(cluster.name) ?? unread.get(cluster.name),
        ),
      }),
    ),
    image: probeImageOf(options.probeImage, ports),
    runId: randomLabel(ports.crypto),
    clock: ports.clock,
    signal: signalOf(ports),
    requests,
    timeoutMs: timeoutOf(options),
    onEvent: (event) => ports.onEvent?.(event),
  });
}

function accessOf(
  name: string,
  client: KubeClient | undefined,
  error: IsthmusError | undefined,
): VerifyCluster['access'] {
  if (client !== undefined) return { client };
  return { error: error ?? new IsthmusError('internal', `cluster ${name} was not opened`) };
}
