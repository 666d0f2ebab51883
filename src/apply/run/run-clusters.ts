import type { ClusterName } from '../../api/name.ts';
import { asIsthmusError } from '../../base/error.ts';
import { refKey } from '../../objects/object.ts';
import { istiodPlace } from '../../observe/istiod.ts';
import { identityOf } from '../../observe/observe.ts';
import { inventoryRef } from '../../plan/inventory.ts';
import { type ApplyRequest, isChosen } from '../options.ts';
import { digest } from '../read/digest.ts';
import { type Fact, fact, type MeshFacts, meshFacts } from '../read/facts.ts';
import type { Prepared } from '../read/prepare.ts';
import { watchPresence, wentAway } from '../read/presence.ts';
import { stateFacts } from '../read/read-facts.ts';
import type { ResolvedRun } from '../resolve-run.ts';
import type { Write } from '../resolve-watched.ts';
import { applyCluster } from './apply-cluster.ts';
import type { ApplyReporter } from './events.ts';
import type { ClusterOutcome } from './report.ts';
import { type Line, lineUp } from './turns.ts';
import { createWriter } from './writer.ts';

/** A run that may begin. */
export interface ClustersRun extends Pick<ResolvedRun, 'prepared' | 'others' | 'missing'> {
  readonly request: ApplyRequest;
  readonly report: ApplyReporter;
  readonly beforeWrite: (write?: Write) => Promise<void>;
  readonly signal: AbortSignal;
  /** The clusters whose serving istiods change, in the order in which they do. */
  readonly changing: readonly ClusterName[];
}

/** Applies every chosen cluster at once; the others only state their facts. One outcome for each chosen cluster. */
export async function runClusters(run: ClustersRun): Promise<readonly ClusterOutcome[]> {
  const { request, prepared, others, missing, signal, changing } = run;
  const { mesh, scope } = request;
  const facts = meshFacts(mesh.topology, missing);
  const line = lineUp(
    prepared.map(({ topology }) => topology.name),
    changing,
  );
  const shared: SharedRun = { ...run, facts, line, issuerStored: fact<void>() };
  await Promise.all(others.map((other) => stateFacts({ ...other, signal }, facts)));
  if (!isChosen(mesh.home, scope)) shared.issuerStored.provide();
  return await Promise.all(prepared.map((part) => runCluster(part, shared)));
}

/** What the clusters of one run have in common. */
interface SharedRun extends ClustersRun {
  readonly facts: MeshFacts;
  readonly line: Line;
  readonly issuerStored: Fact<void>;
}

async function runCluster(part: Prepared, shared: SharedRun): Promise<ClusterOutcome> {
  const { topology, client, observed, objects, tokens } = part;
  const { request, report, beforeWrite, facts, line } = shared;
  const { ports } = request;
  const { declared, name: mesh, home } = request.mesh;
  const { clock, crypto } = ports;
  using presence = watchPresence({ client, clock, signal: shared.signal });
  const { signal } = presence;
  const cluster = topology.name;
  const { drift } = declared.mesh.spec;
  const { live, scaledToZero } = observed;
  const policy = { mesh, digest, drift, scaledToZero };
  const writer = createWriter({
    cluster,
    client,
    ...policy,
    live,
    signal,
    beforeWrite: async (ref) => await beforeWrite({ client, ref, live: live.get(refKey(ref)) }),
  });
  const issuerStored = { ...shared.issuerStored, isOurs: cluster === home };
  const inventory = observed.whole.get(refKey(inventoryRef));
  try {
    const unconnected = await applyCluster({
      topology,
      mesh,
      client,
      identity: identityOf(observed),
      crypto,
      clock,
      signal,
      limitMs: request.limits.timeoutMs,
      objects,
      tokens,
      writer,
      inventory,
      istiod: istiodPlace(topology, (name) => ports.clients.get(name)),
      facts,
      issuerStored,
      rights: line.rightsOf(cluster),
      turn: line.turnOf(cluster),
      report,
      onInjecting: () => request.onInjecting?.(cluster),
    });
    return { cluster, outcome: 'Applied', counts: writer.counts(), unconnected };
  } catch (thrown) {
    const error = asIsthmusError(thrown);
    const isAway = error.code === 'cluster-unreachable' && error.cluster === cluster;
    return { cluster, outcome: 'Failed', counts: writer.counts(), error: isAway ? wentAway(error) : error };
  }
}
