import { checkJoin } from '../join/check-join.ts';
import type { JoinReport } from '../report/join.ts';
import { applyUseCase } from './apply.ts';
import { signalOf } from './limits.ts';
import { openClusters } from './open-clusters.ts';
import type { JoinOptions } from './options.ts';
import { refuseOtherMesh } from './other-mesh.ts';
import { preflight } from './preflight.ts';
import { probeImageOf, randomLabel } from './probe-image.ts';
import { joinReport } from './reporting/join.ts';
import { declaredCluster, liveMeshOf, refuseContradictions, type SessionState } from './session.ts';

/** How long a throw-away pod may take to start and to answer. */
const podPatienceMs = 60_000;

/** Checks what a cluster would meet in the mesh; where nothing prevents it, applies the mesh with it. */
export async function joinUseCase(state: SessionState, name: string, options: JoinOptions): Promise<JoinReport> {
  const { ports } = state;
  const mesh = liveMeshOf(state);
  refuseContradictions(state);
  const cluster = declaredCluster(mesh, name);
  const carries = options.until === 'Check' ? 'NoKeys' : 'Keys';
  await using fleet = await openClusters(state, mesh, { operation: 'join', carries });
  const { clock } = ports;
  const signal = signalOf(ports);
  const clients = new Map(fleet.open.map(({ name, client }) => [name, client]));
  await refuseOtherMesh(clients, { mesh: mesh.name, signal });
  const obstacles = await preflight(fleet, { mesh, chosen: mesh.names, purpose: 'Apply', clock, signal });
  const checked = joinReport(
    await checkJoin({
      mesh,
      cluster,
      fleet,
      obstacles,
      image: probeImageOf(options.probeImage, ports),
      runId: randomLabel(ports.crypto),
      clock,
      signal,
      podPatienceMs,
    }),
  );
  if (options.until === 'Check' || !checked.ok) return checked;
  options.onChecked?.(checked);
  const applied = await applyUseCase(state, options);
  return { ...checked, ok: applied.ok, applied };
}
