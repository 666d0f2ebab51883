import type { MeshService } from '../api/mesh-service.ts';
import { IsthmusError } from '../base/error.ts';
import { nearMatch } from '../base/near-match.ts';
import type { ServiceEffect } from '../diagnose/facts/service.ts';
import { isCoveredBy, isWildcard, mostSpecific } from '../discovery/values/host-name.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import { hostOf } from '../istio/mesh-service.ts';
import { type MeshWideService, surveyServices } from '../predict/scenario/services.ts';
import type { ServiceReport } from '../report/service.ts';
import { latencyBetween } from '../shift/latency.ts';
import { readDurations, readRequests } from '../shift/readings.ts';
import { requestsBetween } from '../shift/requests.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { placesOf } from './guard/places.ts';
import { signalOf } from './limits.ts';
import { splitFleet } from './mesh-fleet.ts';
import type { ServicesOptions } from './options.ts';
import { type LoadedSnapshot, loadSnapshot } from './read-snapshot.ts';
import { type MeasuredFlows, type ServicePolicy, serviceReport } from './reporting/services.ts';
import { serviceEffects, type WantedServices, wantedServices } from './service-effects.ts';
import type { SessionState } from './session.ts';

/** Every service of the mesh, or one: who serves it, what is declared for it, and where its requests go by the model. */
export async function servicesUseCase(state: SessionState, options: ServicesOptions): Promise<ServiceReport> {
  await using loaded = await loadSnapshot(state, options);
  const { snapshot } = loaded.stored;
  const { service } = options;
  const services = surveyServices(snapshot, service === undefined ? undefined : (host) => isNamed(host, service));
  if (service !== undefined && services.length === 0) throw notFound(service, snapshot);
  const { mesh } = state;
  const { services: declared, unread: shifts } =
    mesh instanceof IsthmusError ? { services: [] } : await wantedOf(state, mesh, loaded);
  const hosts = services.map(({ host }) => host);
  return serviceReport({
    mesh: mesh instanceof IsthmusError ? undefined : mesh.name,
    services,
    policies: policiesFor(hosts, { declared, snapshot }),
    measured: await measuredFlows(state, loaded, { services, measureMs: options.measureMs }),
    unread: [...unreadIn(snapshot), ...(shifts === undefined ? [] : [unreadShifts(shifts)])],
  });
}

const longestMeasure = 600_000;

/** What sidecars count and measure of the services within a while; undefined where that is not asked for. */
async function measuredFlows(
  { ports }: SessionState,
  { live, stored }: LoadedSnapshot,
  { services, measureMs }: { readonly services: readonly MeshWideService[]; readonly measureMs: number | undefined },
): Promise<MeasuredFlows | undefined> {
  if (measureMs === undefined) return undefined;
  if (live === undefined) {
    throw new IsthmusError('usage', 'a snapshot counts no requests', { remedy: 'name the mesh instead' });
  }
  if (measureMs < 1_000 || measureMs > longestMeasure) {
    throw new IsthmusError('usage', 'requests are counted for one second to ten minutes');
  }
  const { clients } = splitFleet(live.fleet);
  const signal = signalOf(ports);
  const look = async () => ({
    requests: await readRequests({ clients, signal }),
    durations: await readDurations({ clients, signal }),
  });
  const before = await look();
  await ports.clock.sleep(measureMs, signal);
  const after = await look();
  const places = placesOf(
    stored.snapshot,
    services.flatMap(({ flows }) => flows),
  );
  return {
    flows: requestsBetween(before.requests, after.requests, places),
    latency: latencyBetween(before.durations, after.durations),
    clusters: new Set(stored.snapshot.clusters.map(({ cluster }) => cluster)),
  };
}

/** A snapshot keeps no shift: what was declared counts there. */
async function wantedOf(
  { ports }: SessionState,
  mesh: ResolvedMesh,
  { live }: LoadedSnapshot,
): Promise<WantedServices> {
  if (live === undefined) return { services: mesh.declared.services };
  const { clients } = splitFleet(live.fleet);
  return await wantedServices(mesh, { clients, clock: ports.clock, signal: signalOf(ports) });
}

/** What is declared may not be what holds, as long as a shift that lives is not known. */
function unreadShifts({ cluster = 'the home cluster', message }: IsthmusError): { cluster: string; reason: string } {
  return { cluster, reason: `MeshShift: ${message}` };
}

/** `reviews.bookinfo`, `reviews.bookinfo.svc` or the whole host. */
function isNamed(host: string, name: string): boolean {
  return host === name || host.startsWith(`${name}.svc.`) || (name.endsWith('.svc') && host.startsWith(`${name}.`));
}

function notFound(service: string, snapshot: Snapshot): IsthmusError {
  const names = surveyServices(snapshot).map(({ name, namespace }) => `${name}.${namespace}`);
  const near = nearMatch(service, names);
  const known =
    names.length === 0 ? 'there is none that applications call' : `there are ${names.slice(0, 20).join(', ')}`;
  return new IsthmusError('not-found', `no cluster that was read has a service ${service}`, {
    remedy: near === undefined ? `write NAME.NAMESPACE; ${known}` : `did you mean ${near}?`,
  });
}

/** What is declared for each host: of the MeshServices that cover it the most specific one, apart for those that keep requests at home. */
function policiesFor(
  hosts: readonly string[],
  { declared, snapshot }: { readonly declared: readonly MeshService[]; readonly snapshot: Snapshot },
): ReadonlyMap<string, readonly ServicePolicy[]> {
  const effects = snapshot.clusters.map(({ cluster }) => ({
    cluster,
    effects: effectsOf(cluster, declared, snapshot),
  }));
  const groups = [
    declared.filter(({ spec }) => spec.scope === 'Cluster'),
    declared.filter(({ spec }) => spec.scope !== 'Cluster'),
  ];
  return new Map(
    hosts.map((host) => [
      host,
      groups.flatMap((group) => {
        const service = mostSpecificFor(host, group);
        if (service === undefined) return [];
        const { namespace, name } = service.metadata;
        return [
          {
            namespace,
            name,
            effects: effects.flatMap(({ cluster, effects: all }) =>
              all
                .filter((one) => one.namespace === namespace && one.name === name)
                .map((effect) => ({ cluster, effect })),
            ),
          },
        ];
      }),
    ]),
  );
}

/** Nothing is compared with what is declared here: where an object differs, the model says what comes of it. */
function effectsOf(cluster: string, declared: readonly MeshService[], snapshot: Snapshot): readonly ServiceEffect[] {
  return declared.length === 0 ? [] : serviceEffects(cluster, declared, { model: { snapshot }, drift: undefined });
}

function mostSpecificFor(host: string, services: readonly MeshService[]): MeshService | undefined {
  const covering = services
    .map((service) => ({ pattern: hostOf(service), service }))
    .filter(({ pattern }) => isCoveredBy(host, pattern));
  const entries = covering.map(({ pattern, service }) => [pattern, service] as const);
  return mostSpecific(host, {
    exact: new Map(entries.filter(([pattern]) => !isWildcard(pattern))),
    wildcard: new Map(entries.filter(([pattern]) => isWildcard(pattern))),
  });
}

function unreadIn({ unread = {}, unreadKinds = {} }: Snapshot): readonly { cluster: string; reason: string }[] {
  return [
    ...Object.entries(unread).map(([cluster, reason]) => ({ cluster, reason })),
    ...Object.entries(unreadKinds).flatMap(([cluster, kinds]) =>
      Object.entries(kinds).map(([kind, why]) => ({ cluster, reason: `${kind}: ${why}` })),
    ),
  ];
}
