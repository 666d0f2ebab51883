import type { Snapshot } from '../../discovery/values/snapshot.ts';
import { refusedDrill } from '../../drill/breaking.ts';
import type { CalledService } from '../../drill/calls.ts';
import type { DrillContext } from '../../drill/context.ts';
import { type Fault, faultText, type ServiceName } from '../../drill/fault.ts';
import type { Predicted } from '../../drill/judge.ts';
import type { ObjectEdit } from '../../objects/edit.ts';
import type { KubeObject } from '../../objects/object.ts';
import type { Scenario } from '../../predict/scenario/aftermath.ts';
import type { FlowState } from '../../predict/scenario/flow.ts';
import { type ServiceFlow, surveyServices } from '../../predict/scenario/services.ts';
import { whatif } from '../../predict/scenario/whatif.ts';
import type { WhatIf } from '../../report/whatif.ts';
import { readMesh, snapshotOf } from '../../snapshot/take.ts';
import { placesOf } from '../guard/places.ts';
import { lookUp } from '../read-snapshot.ts';
import { whatifReport } from '../reporting/whatif.ts';
import { withoutThrowAway } from '../throw-away.ts';

type Reading = Pick<DrillContext, 'clients' | 'signal'>;

export interface Foreseen {
  /** What the fault means for the services of the mesh; the drill's own service is not there yet. */
  readonly blast: WhatIf;
  /** The service of the mesh that is broken, if any. */
  readonly called: CalledService | undefined;
}

/** Reads the mesh as it is, and says what the model expects of the fault. Throws as `foreseeIn` does. */
export async function foresee({ clients, signal }: Reading, fault: Fault): Promise<Foreseen> {
  const read = await readMesh([...clients.values()], { signal, unreachable: new Map() });
  return foreseeIn(await snapshotOf(withoutThrowAway(read), lookUp), fault);
}

/**
 * Throws `drill-refused` where somebody would get no answer; of a service that is named also where it has no endpoint to lose, where
 * not all requests would be answered, and where that is not known.
 */
export function foreseeIn(snapshot: Snapshot, fault: Fault): Foreseen {
  const { service } = fault;
  if (service !== undefined) refuseWithoutEndpoints(snapshot, fault);
  const blast = whatifReport(whatif(snapshot, scenarioOf(snapshot, fault, service)));
  refuseHarm(blast, fault);
  if (service === undefined) return { blast, called: undefined };
  const host = hostOf(service);
  return { blast, called: { service, host, placeOf: placesOf(snapshot, flowsTo(snapshot, host)) } };
}

function refuseWithoutEndpoints(snapshot: Snapshot, fault: Fault): void {
  const slices = fault.service === undefined ? [] : slicesOf(snapshot, fault.cluster, fault.service);
  const counts = slices.map(({ endpoints }) => (Array.isArray(endpoints) ? endpoints.length : 0));
  if (counts.some((count) => count > 0)) return;
  throw refusedDrill(`${faultText(fault)}: there is no endpoint`, 'name a cluster in which the service has one');
}

function refuseHarm({ changes, unknown }: WhatIf, fault: Fault): void {
  const { service } = fault;
  const [gone, ...others] = changes.filter(({ verdict }) => verdict === 'Unreachable');
  if (gone !== undefined) {
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    throw refusedDrill(
      `by the model nobody would answer the requests from ${gone.from} to ${gone.host}:${gone.port}${more}`,
      'start what they call in another cluster too',
    );
  }
  if (service === undefined) return;
  const less = changes.find(({ verdict }) => verdict === 'Degraded');
  if (less !== undefined) {
    const lost = Math.round((less.after?.lost ?? 0) * 10) / 10;
    throw refusedDrill(
      `by the model ${lost}% of the requests from ${less.from} to ${less.host}:${less.port} would not be answered`,
      'see that another cluster answers all of them',
    );
  }
  const about = unknown.find(({ services }) => services.some((one) => one.startsWith(`${hostOf(service)}:`)));
  if (about === undefined) return;
  throw refusedDrill(
    `the model does not know who would answer without ${faultText(fault)}: ${about.finding.message.replace(/\.$/, '')}`,
    'see to that first',
  );
}

/** Where the model sends the requests of each cluster's callers while the fault lasts, in the mesh as it is. */
export async function predictCallers(
  { clients, signal }: Reading,
  fault: Fault,
  service: ServiceName,
): Promise<ReadonlyMap<string, Predicted>> {
  const read = await readMesh([...clients.values()], { signal, unreachable: new Map() });
  return callersIn(await snapshotOf(read, lookUp), fault, service);
}

/** A cluster of whose callers the model does not know it is left out. */
export function callersIn(snapshot: Snapshot, fault: Fault, service: ServiceName): ReadonlyMap<string, Predicted> {
  const host = hostOf(service);
  const { changes } = whatif(snapshot, scenarioOf(snapshot, fault, service));
  const changed = changes.filter((one) => one.host === host);
  const predicted = [...Map.groupBy(flowsTo(snapshot, host), ({ from }) => from)].map(([from, flows]) => {
    const states = flows.map((flow) => {
      const change = changed.find((one) => one.from === from && one.port === flow.port && one.route === flow.route);
      if (change !== undefined) return change.after ?? undefined;
      return flow.outcome === 'Open' ? undefined : flow;
    });
    return [from, alike(states)] as const;
  });
  return new Map(predicted.flatMap(([from, one]) => (one === undefined ? [] : [[from, one]])));
}

function flowsTo(snapshot: Snapshot, host: string): readonly ServiceFlow[] {
  return surveyServices(snapshot, (one) => one === host).flatMap(({ flows }) => flows);
}

/** What callers count is counted of all ports together, so that they must be alike. */
function alike(states: readonly (Pick<FlowState, 'shares' | 'lost'> | undefined)[]): Predicted | undefined {
  const [first, ...others] = states.map((state) =>
    state === undefined ? undefined : { shares: Object.fromEntries([...state.shares].toSorted()), lost: state.lost },
  );
  return others.every((one) => JSON.stringify(one) === JSON.stringify(first)) ? first : undefined;
}

function hostOf({ name, namespace }: ServiceName): string {
  return `${name}.${namespace}.svc.cluster.local`;
}

/** Of endpoints, those of the service that is named here: the drill's own one is not there before its load. */
function scenarioOf(snapshot: Snapshot, { kind, cluster }: Fault, service: ServiceName | undefined): Scenario {
  if (kind !== 'endpoints') return { downs: [{ kind, cluster }], changes: [] };
  return { downs: [], changes: service === undefined ? [] : editsOf(snapshot, cluster, service) };
}

/** The slices of a service in a cluster without an endpoint, as their controller leaves them. */
function editsOf(snapshot: Snapshot, cluster: string, service: ServiceName): readonly ObjectEdit[] {
  return slicesOf(snapshot, cluster, service).map((object) => ({
    ...{ cluster, action: 'Put' },
    object: { ...object, endpoints: [] },
  }));
}

function slicesOf({ clusters }: Snapshot, cluster: string, service: ServiceName): readonly KubeObject[] {
  const read = clusters.find((one) => one.cluster === cluster);
  return (read?.objects ?? []).filter(
    ({ kind, metadata }) =>
      kind === 'EndpointSlice' &&
      metadata.namespace === service.namespace &&
      metadata.labels?.['kubernetes.io/service-name'] === service.name,
  );
}
