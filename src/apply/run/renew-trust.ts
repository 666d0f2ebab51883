import type { ClusterName } from '../../api/name.ts';
import { asIsthmusError, IsthmusError } from '../../base/error.ts';
import { remedy, run } from '../../base/remedy.ts';
import { openLock } from '../../fleet/lock.ts';
import type { KubeClient } from '../../kube/client.ts';
import { describeRef, refKey } from '../../objects/object.ts';
import { type Observed, observe } from '../../observe/observe.ts';
import type { StagedObject } from '../../plan/desired.ts';
import { resolveTrust } from '../../trust/resolve.ts';
import { type IssuerObjects, issuerRefsOf, wrappingKeyRef } from '../../trust/stored-issuer.ts';
import { type CaCertsPlace, caCertsPlaces } from '../../trust/trust-secrets.ts';
import { type ApplyRequest, isChosen } from '../options.ts';
import { clockNotices } from '../read/clock-notices.ts';
import { digest } from '../read/digest.ts';
import { awaitIntermediate } from './await-intermediate.ts';
import { type ApplyReporter, applyReporter } from './events.ts';
import { createWriter } from './writer.ts';

export type RenewalOutcome =
  | { readonly cluster: ClusterName; readonly outcome: 'Renewed'; readonly seconds: number }
  | { readonly cluster: ClusterName; readonly outcome: 'Failed'; readonly error: IsthmusError }
  /** It was not among the chosen, or has no istiod of its own. */
  | { readonly cluster: ClusterName; readonly outcome: 'Left' };

export interface RenewalReport {
  readonly mesh: string;
  /** One for every cluster of the mesh, in the order of the file. */
  readonly clusters: readonly RenewalOutcome[];
}

/**
 * Gives the istiods of the chosen clusters new intermediates under the same root, whether or not they are due, and waits
 * until each istiod signs with its own. Nothing else of the mesh is touched. Workloads go on with the certificates they
 * have, which carry the old intermediate, until they fetch new ones.
 */
export async function renewTrust(request: ApplyRequest): Promise<RenewalReport> {
  const { mesh, ports, scope } = request;
  const { clients, clock, crypto, holder, roots, issuerFiles } = ports;
  const { only } = scope;
  const { home } = mesh;
  const places = caCertsPlaces(mesh.topology);
  const report = applyReporter('renewTrust', ports);
  const client = clients.get(home);
  if (client === undefined) throw new IsthmusError('internal', 'the home cluster was not connected to');
  const onHeld = (message: string): void => report({ type: 'Notice', cluster: home, details: { message } });
  await using lock = openLock({ client, mesh: mesh.name, holder, clock, signal: ports.signal, onHeld });
  // Before anything is read: nobody else writes from here on.
  await lock.hold(undefined);
  const work: RenewalContext = { request, report, places, signal: lock.signal };
  const { observed, failures } = await readAll(work);
  requireCaCerts(work, observed);
  const environment = { crypto, now: clock.now() };
  const trust = await resolveTrust({ mesh, observed, roots, issuerFiles, only, renewal: 'Always', environment });
  for (const { cluster, message } of [...trust.notices, ...clockNotices(clients)]) {
    report({ type: 'Notice', cluster, details: { message } });
  }
  // A certificate of an issuer is written nowhere before the issuer is stored.
  if (trust.isNewIssuer && trust.issuer !== undefined) await storeIssuer(home, trust.issuer, { ...work, observed });
  const outcomes = await Promise.all(
    mesh.names.map(async (name): Promise<RenewalOutcome> => {
      const failure = failures.get(name);
      const isHolder = places.some(({ heldBy }) => heldBy === name);
      if (!isHolder || !isChosen(name, scope)) return { cluster: name, outcome: 'Left' };
      if (failure !== undefined) return { cluster: name, outcome: 'Failed', error: failure };
      return await renewIn(name, trust.caCerts.get(name) ?? [], { ...work, observed });
    }),
  );
  return { mesh: mesh.name, clusters: outcomes };
}

/** What every part of a renewal has. */
interface RenewalContext {
  readonly request: ApplyRequest;
  readonly report: ApplyReporter;
  readonly places: readonly CaCertsPlace[];
  readonly signal: AbortSignal;
}

interface ObservedContext extends RenewalContext {
  readonly observed: ReadonlyMap<ClusterName, Observed>;
}

async function readAll({ request, places, signal }: RenewalContext): Promise<{
  readonly observed: ReadonlyMap<ClusterName, Observed>;
  readonly failures: ReadonlyMap<ClusterName, IsthmusError>;
}> {
  const { clients, unreachable } = request.ports;
  const { declared, home } = request.mesh;
  const observed = new Map<ClusterName, Observed>();
  const failures = new Map(unreachable);
  await Promise.all(
    [...clients].map(async ([name, client]) => {
      const held = places.filter(({ heldBy }) => heldBy === name).map(({ ref }) => ref);
      const refs = [...held, ...(name === home ? issuerRefsOf(declared) : [])];
      try {
        observed.set(name, await observe(client, { listed: [], whole: refs, signal }));
      } catch (error) {
        if (signal.aborted || name === home) throw error;
        failures.set(name, asIsthmusError(error));
      }
    }),
  );
  return { observed, failures };
}

/** Only what is there can be renewed; making it first is the work of an apply, in its order. */
function requireCaCerts({ request, places }: RenewalContext, observed: ReadonlyMap<ClusterName, Observed>): void {
  for (const { heldBy, ref } of places) {
    const held = observed.get(heldBy);
    if (!isChosen(heldBy, request.scope) || held === undefined || held.whole.has(refKey(ref))) continue;
    throw new IsthmusError('not-found', `${heldBy} has no ${describeRef(ref)} yet, so there is nothing to renew`, {
      cluster: heldBy,
      remedy: remedy`run ${run('apply')} first`,
    });
  }
}

async function storeIssuer(
  home: ClusterName,
  { wrapping, secret }: IssuerObjects,
  work: ObservedContext,
): Promise<void> {
  if (work.observed.get(home)?.whole.has(refKey(wrappingKeyRef)) !== true) {
    const message = `${home} has no ${describeRef(wrappingKeyRef)} yet, with which the key of the new issuer is encrypted`;
    throw new IsthmusError('not-found', message, { cluster: home, remedy: remedy`run ${run('apply')} first` });
  }
  await write(home, [wrapping], work);
  await write(home, [secret], work);
}

async function renewIn(
  cluster: ClusterName,
  caCerts: readonly StagedObject[],
  work: ObservedContext,
): Promise<RenewalOutcome> {
  const { request, report, places, signal } = work;
  const { clock, crypto } = request.ports;
  const started = clock.monotonic();
  try {
    const wanted = places.filter(({ heldBy }) => heldBy === cluster).length;
    if (caCerts.length < wanted) throw notOurs(cluster);
    const client = await write(cluster, caCerts, work);
    const wait = {
      client,
      clock,
      signal,
      limitMs: request.limits.timeoutMs,
      onWait: (what: string): void => report({ type: 'Waiting', cluster, details: { what } }),
      onReached: (what: string, afterMs: number): void =>
        report({ type: 'Reached', cluster, details: { what, afterMs } }),
    };
    await Promise.all(caCerts.map(({ object }) => awaitIntermediate(wait, object, crypto)));
    return { cluster, outcome: 'Renewed', seconds: (clock.monotonic() - started) / 1000 };
  } catch (error) {
    return { cluster, outcome: 'Failed', error: asIsthmusError(error) };
  }
}

/** Writes Secrets of a cluster and gives its client back. */
async function write(
  cluster: ClusterName,
  secrets: readonly StagedObject[],
  { request, report, observed, signal }: ObservedContext,
): Promise<KubeClient> {
  const client = request.ports.clients.get(cluster);
  if (client === undefined) throw new IsthmusError('internal', `cluster ${cluster} was not connected to`);
  const { metadata, spec } = request.mesh.declared.mesh;
  const writer = createWriter({
    cluster,
    client,
    mesh: metadata.name,
    digest,
    drift: spec.drift,
    live: observed.get(cluster)?.live ?? new Map(),
    signal,
    beforeWrite: async () => undefined,
  });
  const { created, configured } = await writer.ensure(secrets);
  const details = { stage: 'Trust', created, configured } as const;
  if (created + configured > 0) report({ type: 'Applied', cluster, details });
  return client;
}

function notOurs(cluster: ClusterName): IsthmusError {
  return new IsthmusError('conflict', `${cluster}: its cacerts was made by someone else and is left to them`, {
    cluster,
    remedy: remedy`renew it where it was made, or delete it and run ${run('apply')}: then Isthmus makes one under the same root`,
  });
}
