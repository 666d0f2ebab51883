import { IsthmusError } from '../base/error.ts';
import { shortName } from '../base/short-name.ts';
import { refusedDrill } from '../drill/breaking.ts';
import type { DrillContext } from '../drill/context.ts';
import { drillReporter } from '../drill/events.ts';
import { type Fault, faultText, parseFault } from '../drill/fault.ts';
import type { Predicted } from '../drill/judge.ts';
import type { DrillLoad, LoadCluster } from '../drill/load.ts';
import { runDrill } from '../drill/run.ts';
import { openLock } from '../fleet/lock.ts';
import { injectionLabels } from '../istio/revision.ts';
import type { KubeClient } from '../kube/client.ts';
import { isLiving } from '../mesh/shifted.ts';
import type { ObjectEdit } from '../objects/edit.ts';
import { readShifts } from '../observe/shifts.ts';
import { surveyServices } from '../predict/scenario/services.ts';
import { whatif } from '../predict/scenario/whatif.ts';
import type { DrillReport } from '../report/drill.ts';
import type { WhatIf } from '../report/whatif.ts';
import { type ReadMesh, readMesh, snapshotOf } from '../snapshot/take.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { istiodHost } from '../topology/topology.ts';
import { signalOf } from './limits.ts';
import { splitFleet } from './mesh-fleet.ts';
import { openClusters } from './open-clusters.ts';
import { leaderOf, leaderRef, serverTime } from './operator/leader.ts';
import type { DrillOptions } from './options.ts';
import { probeImageOf, randomLabel } from './probe-image.ts';
import { lookUp } from './read-snapshot.ts';
import { drillReport } from './reporting/drill.ts';
import { whatifReport } from './reporting/whatif.ts';
import { liveMeshOf, refuseContradictions, type SessionState } from './session.ts';
import { withoutThrowAway } from './throw-away.ts';

const defaultForMs = 60_000;
const defaultPerSecond = 10;

/** Breaks one thing on purpose under a steady load of its own, repairs it, and compares where requests went with the model. */
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
  const blast = await blastOf(context, fault);
  // Nobody is asked about what is refused anyway.
  refuseUnreachable(blast);
  await options.approve?.(blast);
  const result = await runDrill(context, {
    fault,
    forMs,
    perSecond,
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
    predict: async (service) => await predictCallers(context, { mesh, fault, service }),
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

/** What the model says of the mesh as it is, with the fault; the drill's own service is not there yet. */
async function blastOf({ clients, signal }: DrillContext, fault: Fault): Promise<WhatIf> {
  const read = await readMesh([...clients.values()], { signal, unreachable: new Map() });
  const downs = fault.kind === 'endpoints' ? [] : [{ kind: fault.kind, cluster: fault.cluster }];
  return whatifReport(whatif(await snapshotOf(withoutThrowAway(read), lookUp), { downs, changes: [] }));
}

function refuseUnreachable({ changes }: WhatIf): void {
  const [gone, ...others] = changes.filter(({ verdict }) => verdict === 'Unreachable');
  if (gone === undefined) return;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  throw refusedDrill(
    `by the model nobody would answer the requests from ${gone.from} to ${gone.host}:${gone.port}${more}`,
    'start what they call in another cluster too',
  );
}

interface Question {
  readonly mesh: ResolvedMesh;
  readonly fault: Fault;
  readonly service: DrillLoad['service'];
}

/** Where the model sends the requests of each cluster's caller while the fault lasts. */
async function predictCallers(
  { clients, signal }: DrillContext,
  { mesh, fault, service }: Question,
): Promise<ReadonlyMap<string, Predicted>> {
  const read = await readMesh([...clients.values()], { signal, unreachable: new Map() });
  const snapshot = await snapshotOf(read, lookUp);
  const host = `${service.name}.${service.namespace}.svc.cluster.local`;
  const downs = fault.kind === 'endpoints' ? [] : [{ kind: fault.kind, cluster: fault.cluster }];
  const { changes } = whatif(snapshot, { downs, changes: editsOf(read, { fault, service }) });
  const [now] = surveyServices(snapshot, (one) => one === host);
  const predicted = mesh.names.flatMap((from): (readonly [string, Predicted])[] => {
    const changed = changes.find((one) => one.host === host && one.from === from);
    const flow = now?.flows.find((one) => one.from === from);
    if (changed !== undefined) return changed.after === null ? [] : [[from, predictedOf(changed.after)]];
    return flow === undefined || flow.outcome === 'Open' ? [] : [[from, predictedOf(flow)]];
  });
  return new Map(predicted);
}

function predictedOf({
  shares,
  lost,
}: {
  readonly shares: ReadonlyMap<string, number>;
  readonly lost: number;
}): Predicted {
  return { shares: Object.fromEntries(shares), lost };
}

/** The slices of the drill's service in the cluster without an endpoint, as its controller leaves them. */
function editsOf(
  { clusters }: ReadMesh,
  { fault, service }: Pick<Question, 'fault' | 'service'>,
): readonly ObjectEdit[] {
  if (fault.kind !== 'endpoints') return [];
  const { cluster } = fault;
  const read = clusters.find((one) => one.cluster === cluster);
  return (read?.objects ?? [])
    .filter(
      ({ kind, metadata }) =>
        kind === 'EndpointSlice' &&
        metadata.namespace === service.namespace &&
        metadata.labels?.['kubernetes.io/service-name'] === service.name,
    )
    .map((object): ObjectEdit => ({ cluster, action: 'Put', object: { ...object, endpoints: [] } }));
}
