import type { ClusterName } from '../api/name.ts';
import { asIsthmusError } from '../base/error.ts';
import { refKey } from '../objects/object.ts';
import { applyCluster, readPeerFact } from './apply-cluster.ts';
import { digest } from './changes.ts';
import { type Fact, fact, type PeerFact } from './facts.ts';
import { inventoryRef } from './inventory.ts';
import { type ApplyMeshOptions, isChosen } from './options.ts';
import type { Preparation, Prepared } from './prepare.ts';
import { watchPresence } from './presence.ts';
import type { ClusterOutcome } from './report.ts';
import { createWriter } from './writer.ts';

/** A run that may begin. */
export interface ClustersRun extends Preparation {
  readonly beforeWrite: () => Promise<void>;
  readonly signal: AbortSignal;
  /** On the monotonic clock. */
  readonly deadline: number;
}

/** Applies every chosen cluster at once; the others only state their facts. One outcome for each chosen cluster. */
export async function runClusters(run: ClustersRun, options: ApplyMeshOptions): Promise<readonly ClusterOutcome[]> {
  const { declared } = options;
  const { prepared, missing, beforeWrite, signal, deadline } = run;
  const facts = new Map(declared.clusters.map(({ metadata: { name } }) => [name, fact<PeerFact>()]));
  for (const [name, error] of missing) facts.get(name)?.fail(error);
  const shared: Shared = { facts, issuerStored: fact<void>(), beforeWrite, signal, deadline };
  const [chosen = [], others = []] = [true, false].map((wanted) =>
    prepared.filter(({ topology }) => isChosen(topology.name, options) === wanted),
  );
  await stateFacts(others, shared);
  if (!isChosen(declared.home.metadata.name, options)) shared.issuerStored.provide();
  return await Promise.all(chosen.map((part) => runCluster(part, shared, options)));
}

/** What the clusters of one run have in common. */
interface Shared {
  readonly facts: ReadonlyMap<ClusterName, Fact<PeerFact>>;
  readonly issuerStored: Fact<void>;
  readonly beforeWrite: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly deadline: number;
}

async function stateFacts(others: readonly Prepared[], { facts, signal }: Shared): Promise<void> {
  await Promise.all(
    others.map(async ({ topology, client }) => {
      const known = facts.get(topology.name);
      try {
        known?.provide(await readPeerFact({ topology, client, signal }));
      } catch (error) {
        known?.fail(asIsthmusError(error));
      }
    }),
  );
}

async function runCluster(part: Prepared, shared: Shared, options: ApplyMeshOptions): Promise<ClusterOutcome> {
  const { topology, client, observed, objects } = part;
  const { declared, clock, onEvent } = options;
  const { beforeWrite, deadline, facts } = shared;
  using presence = watchPresence({ client, clock, signal: shared.signal });
  const { signal } = presence;
  const cluster = topology.name;
  const mesh = declared.mesh.metadata.name;
  const writer = createWriter({ cluster, client, mesh, digest, live: observed.live, signal, beforeWrite });
  const issuerStored = { ...shared.issuerStored, isOurs: cluster === declared.home.metadata.name };
  const inventory = observed.whole.get(refKey(inventoryRef));
  try {
    const unconnected = await applyCluster({
      topology,
      mesh,
      client,
      clock,
      signal,
      deadline,
      objects,
      writer,
      inventory,
      facts,
      issuerStored,
      onEvent,
    });
    return { cluster, outcome: 'Applied', counts: writer.counts(), unconnected };
  } catch (thrown) {
    return { cluster, outcome: 'Failed', counts: writer.counts(), error: asIsthmusError(thrown) };
  }
}
