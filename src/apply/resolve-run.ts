import type { ClusterName } from '../api/name.ts';
import { asIsthmusError } from '../base/error.ts';
import { partition } from '../base/partition.ts';
import type { KubeClient } from '../kube/client.ts';
import { identityOf } from '../observe/observe.ts';
import { refuseStrangers } from '../observe/stranger.ts';
import type { ClusterTopology } from '../topology/topology.ts';
import { type MeshTrust, resolveTrust } from '../trust/resolve.ts';
import { type Decision, decideAll } from './decide/decide.ts';
import { type Previews, previewUpdates } from './decide/preview.ts';
import { isChosen, type MeshRequest, type Scope } from './options.ts';
import { clockNotices } from './read/clock-notices.ts';
import { withLivingShifts } from './read/living-shifts.ts';
import { type Preparation, type Prepared, prepareAll, trusted } from './read/prepare.ts';
import { refuseForeign, refuseHomelessIssuer } from './refuse/foreign.ts';
import { adoptionNotices, refuseMisfits } from './refuse/misfits.ts';
import { refuseOversized } from './refuse/oversized.ts';
import { refuseSkew } from './refuse/skew.ts';
import { withTurns } from './run/turns.ts';

/** Everything about a run that is decided before anything is written. */
export interface ResolvedRun extends Omit<DecidedRun, 'prepared'> {
  /** The chosen clusters. */
  readonly prepared: readonly Prepared[];
  readonly others: readonly OtherCluster[];
  readonly previews: ReadonlyMap<ClusterName, Previews>;
}

/** A cluster that the run does not change: a run goes on for minutes, and twenty of them would hold all of the mesh each. */
export interface OtherCluster {
  readonly topology: ClusterTopology;
  readonly client: KubeClient;
  readonly identity: string | undefined;
}

/** What the clusters need, before it is held against what an apply refuses. */
export interface DecidedRun extends Preparation {
  readonly trust: MeshTrust;
  /** One for each chosen cluster that could be read. */
  readonly decisions: readonly Decision[];
}

/**
 * Reads the clusters and decides what each of them needs, by metadata. Throws where the trust or the Istio there does not fit.
 * `asked`: clients that ask the servers, where others are answered from watches; they read the shifts, which nobody may undo.
 */
export async function decideRun(declaring: MeshRequest, asked = declaring.ports.clients): Promise<DecidedRun> {
  const request = {
    ...declaring,
    mesh: await withLivingShifts(declaring.mesh, { ...declaring.ports, clients: asked }),
  };
  const { mesh, ports, scope } = request;
  const { clock, crypto, roots, issuerFiles } = ports;
  const { only } = scope;
  const { prepared, missing } = await prepareAll(request);
  refuseStrangers(prepared);
  const observed = new Map(prepared.map(({ topology: { name }, observed: held }) => [name, held]));
  const environment = { crypto, now: clock.now() };
  const trust = await resolveTrust({ mesh, observed, roots, issuerFiles, only, environment }).catch((error) => {
    refuseMisfits(prepared, scope, asIsthmusError(error));
    throw error;
  });
  refuseMisfits(prepared, scope);
  const withTrust = prepared.map((part) => ({ ...part, objects: trusted(part, trust, mesh) }));
  const fromFile = new Map(prepared.map(({ topology: { name }, objects }) => [name, objects]));
  const decisions = withTurns(await decideAll({ prepared: withTrust, missing }, fromFile, request));
  return { prepared: withTrust, missing, trust, decisions };
}

/**
 * Reads the clusters and decides what each of them needs. A plan shows it and an apply does it. Throws what both refuse:
 * trust that does not fit, objects of another owner in the way, fields that cannot be changed.
 */
export async function resolveRun(request: MeshRequest, asked = request.ports.clients): Promise<ResolvedRun> {
  const { mesh, ports, scope } = request;
  const { prepared, missing, trust, decisions } = await decideRun(request, asked);
  refuseForeign(decisions, mesh.name);
  refuseOversized(decisions);
  refuseHomelessIssuer(trust, mesh.home, scope);
  await refuseSkew(decisions, prepared, ports.signal);
  const previews = await previewUpdates(decisions, ports.signal);
  const clocks = clockNotices(prepared.map(({ topology, client }) => [topology.name, client] as const));
  const notices = [...trust.notices, ...clocks, ...adoptionNotices(prepared), ...renderNotices(prepared, scope)];
  const [chosen, left] = partition(prepared, ({ topology }) => isChosen(topology.name, scope));
  const others = left.map(({ topology, client, observed }) => ({ topology, client, identity: identityOf(observed) }));
  return { prepared: chosen, others, missing, trust: { ...trust, notices }, decisions, previews };
}

function renderNotices(prepared: readonly Prepared[], scope: Scope): MeshTrust['notices'] {
  const chosen = prepared.filter(({ topology }) => isChosen(topology.name, scope));
  return chosen.flatMap((part) => part.renderNotices.map((message) => ({ cluster: part.topology.name, message })));
}
