import { timeOf } from '../base/clock.ts';
import { accessFinding } from '../diagnose/checks/access.ts';
import { meshFindings } from '../diagnose/checks/cluster/mesh-differs.ts';
import { checkJoin } from '../join/check-join.ts';
import type { JoinReport } from '../report/join.ts';
import { applyUseCase } from './apply.ts';
import { signalOf } from './limits.ts';
import { splitFleet } from './mesh-fleet.ts';
import { openClusters } from './open-clusters.ts';
import type { JoinOptions } from './options.ts';
import { type HeldMeshes, heldError, heldMeshes } from './other-mesh.ts';
import { type Preflight, preflight } from './preflight.ts';
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
  const { clients } = splitFleet(fleet);
  const [{ held, unread }, obstacles] = await Promise.all([
    heldMeshes(clients, { mesh: mesh.name, signal }),
    preflight(fleet, { mesh, chosen: mesh.names, purpose: 'Apply', clock, signal }),
  ]);
  const checked = joinReport(
    await checkJoin({
      mesh,
      cluster,
      fleet,
      obstacles: withHeld(obstacles, { held, unread }, { mesh: mesh.name, at: timeOf(clock) }),
      touches: unread.size > 0 || [...held.values()].some((other) => other !== undefined) ? 'Nothing' : 'Pods',
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

/** The obstacles with the other mesh that clusters hold before them: it ends the run, as it does everywhere. */
function withHeld(
  obstacles: Preflight,
  { held, unread }: HeldMeshes,
  { mesh, at }: { readonly mesh: string; readonly at: string },
): Preflight {
  const others = [...held].flatMap(([cluster, holds]) => meshFindings({ cluster, holds, mesh }, { at }));
  // Which right is missing, the obstacles name already.
  const named = new Set(obstacles.findings.map(({ cluster }) => cluster));
  const untold = [...unread].filter(([cluster]) => !named.has(cluster));
  const [first] = untold;
  return {
    findings: [
      ...others,
      ...obstacles.findings,
      ...untold.map(([cluster, error]) => accessFinding(cluster, error, at)),
    ],
    error: heldError(held, mesh) ?? obstacles.error ?? first?.[1],
  };
}
