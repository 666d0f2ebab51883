import { IsthmusError } from '../../base/error.ts';
import { shortName } from '../../base/short-name.ts';
import { refusedDrill } from '../../drill/breaking.ts';
import type { DrillContext } from '../../drill/context.ts';
import { drillReporter } from '../../drill/events.ts';
import { type Fault, faultText, parseFault } from '../../drill/fault.ts';
import type { LoadCluster } from '../../drill/load.ts';
import { runDrill } from '../../drill/run.ts';
import { openLock } from '../../fleet/lock.ts';
import { injectionLabels } from '../../istio/revision.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isLiving } from '../../mesh/shifted.ts';
import { readShifts } from '../../observe/shifts.ts';
import type { DrillReport } from '../../report/drill.ts';
import { istiodHost } from '../../topology/topology.ts';
import { signalOf } from '../limits.ts';
import { splitFleet } from '../mesh-fleet.ts';
import { openClusters } from '../open-clusters.ts';
import { leaderOf, leaderRef, serverTime } from '../operator/leader.ts';
import type { DrillOptions } from '../options.ts';
import { probeImageOf, randomLabel } from '../probe-image.ts';
import { drillReport } from '../reporting/drill.ts';
import { liveMeshOf, refuseContradictions, type SessionState } from '../session.ts';
import { foresee, predictCallers } from './predict.ts';

const defaultForMs = 60_000;
const defaultPerSecond = 10;

/** Breaks one thing on purpose under a steady load, repairs it, and compares where requests went with the model. */
export async function drillUseCase(state: SessionState, options: DrillOptions): Promise<DrillReport> {
  refuseContradictions(state);
  const mesh = liveMeshOf(state);
  const fault = parseFault(options.fault, mesh.names);
  const { forMs = defaultForMs, perSecond = defaultPerSecond } = options;
  requireRight({ forMs, perSecond });
  const { ports } = state;
  await using fleet = await openClusters(state, mesh, { operation: 'drill', carries: 'NoKeys' });
  const { clients, failures } = splitFleet(fleet);
  const [failure] = failures.values();
  if (failure !== undefined) throw failure;
  const signal = signalOf(ports);
  const home = fleet.client(mesh.home);
  await using lock = (state.openLock ?? openLock)({
    client: home,
    mesh: mesh.name,
    lease: shortName(`isthmus-drill-${mesh.name}`),
    holder: ports.holder,
    clock: ports.clock,
    signal,
    onHeld: () => undefined,
  });
  await lock.hold(undefined);
  await refuseUnsafe(state, { home, fault });
  const { clock } = ports;
  const context: DrillContext = {
    mesh: mesh.name,
    clients,
    holder: ports.holder,
    clock,
    report: drillReporter(clock, (event) => ports.onEvent?.(event)),
    signal: AbortSignal.any([signal, lock.signal]),
  };
  // Nobody is asked about what is refused anyway.
  const { blast, called } = await foresee(context, fault);
  await options.approve?.(blast);
  const result = await runDrill(context, {
    fault,
    forMs,
    perSecond,
    called,
    clusters: mesh.topology.clusters.map(
      (cluster): LoadCluster => ({
        name: cluster.name,
        network: cluster.network,
        istiodIn: istiodHost(cluster),
        injectionLabels: injectionLabels(cluster.revision),
      }),
    ),
    image: probeImageOf(options.probeImage, ports),
    runId: randomLabel(ports.crypto),
    predict: async (service) => await predictCallers(context, fault, service),
  });
  return drillReport({ mesh: mesh.name, fault: faultText(fault), forMs, blast, result });
}

function requireRight({ forMs, perSecond }: { readonly forMs: number; readonly perSecond: number }): void {
  if (forMs < 12_000 || forMs > 3_600_000) {
    throw new IsthmusError('usage', 'a drill breaks something for twelve seconds to an hour');
  }
  if (!Number.isSafeInteger(perSecond) || perSecond < 1 || perSecond > 200) {
    throw new IsthmusError('usage', 'the load of a drill is a whole number of requests a second from 1 to 200');
  }
}

/** Two faults at a time explain nothing, and what an operator repairs at once is none. */
async function refuseUnsafe(
  { ports }: SessionState,
  { home, fault }: { readonly home: KubeClient; readonly fault: Fault },
): Promise<void> {
  const signal = signalOf(ports);
  const now = serverTime(home, ports);
  const shift = (await readShifts(home, signal)).find((one) => isLiving(one, now));
  if (shift !== undefined) {
    throw refusedDrill(`a shift of ${shift.metadata.name} is under way`, 'wait until it has ended, or put it back');
  }
  if (fault.kind === 'endpoints') return;
  const leader = leaderOf(await home.get(leaderRef, { signal }), now);
  if (leader !== null && !leader.isExpired) {
    throw refusedDrill(`the operator ${leader.holder} would repair ${faultText(fault)} at once`, 'stop it meanwhile');
  }
}
