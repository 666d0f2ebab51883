import type { ClusterName } from '../api/name.ts';
import { asIsthmusError } from '../base/error.ts';
import { refuseStrangers } from '../observe/stranger.ts';
import { resolveTopology, type Topology } from '../topology/topology.ts';
import { type MeshTrust, resolveTrust } from '../trust/resolve.ts';
import { type Decision, decideAll } from './decide/decide.ts';
import { type Previews, previewUpdates } from './decide/preview.ts';
import type { ApplyMeshOptions } from './options.ts';
import { adoptionNotices, refuseMisfits } from './read/adopt.ts';
import { type Preparation, prepareAll, trusted } from './read/prepare.ts';
import { refuseForeign, refuseHomelessIssuer } from './refuse/foreign.ts';
import { refuseOversized } from './refuse/oversized.ts';
import { refuseSkew } from './refuse/skew.ts';
import { withTurns } from './run/turns.ts';

/** Everything about a run that is decided before anything is written. */
export interface ResolvedRun extends Preparation {
  readonly topology: Topology;
  readonly trust: MeshTrust;
  /** One for each chosen cluster that could be read. */
  readonly decisions: readonly Decision[];
  readonly previews: ReadonlyMap<ClusterName, Previews>;
}

/**
 * Reads the clusters and decides what each of them needs. A plan shows it and an apply does it. Throws what both refuse:
 * trust that does not fit, objects of somebody else in the way, fields that cannot be changed.
 */
export async function resolveRun(options: ApplyMeshOptions): Promise<ResolvedRun> {
  const { declared, clock, roots, issuerFiles, only, signal } = options;
  const topology = resolveTopology(declared);
  const { prepared, missing } = await prepareAll(topology, options);
  refuseStrangers(prepared);
  const observed = new Map(prepared.map(({ topology: { name }, observed: held }) => [name, held]));
  const environment = { crypto: options.crypto, now: clock.now() };
  const trust = await resolveTrust({ declared, observed, roots, issuerFiles, only, environment }).catch((error) => {
    refuseMisfits(prepared, options, asIsthmusError(error));
    throw error;
  });
  refuseMisfits(prepared, options);
  const withTrust = prepared.map((part) => ({ ...part, objects: trusted(part, trust, declared) }));
  const fromFile = new Map(prepared.map(({ topology: { name }, objects }) => [name, objects]));
  const decisions = withTurns(await decideAll({ prepared: withTrust, missing }, fromFile, options));
  refuseForeign(decisions, options);
  refuseOversized(decisions);
  refuseHomelessIssuer(trust, options);
  await refuseSkew(decisions, prepared, signal);
  const previews = await previewUpdates(decisions, signal);
  const notices = [...trust.notices, ...adoptionNotices(prepared)];
  return { prepared: withTrust, missing, topology, trust: { ...trust, notices }, decisions, previews };
}
