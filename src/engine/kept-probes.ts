import { asIsthmusError } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import type { Failure } from '../diagnose/facts/hop.ts';
import { injectionLabels } from '../istio/revision.ts';
import { probeNamespace } from '../objects/ownership.ts';
import type { KeptLine } from '../probe/keep-protocol.ts';
import type { Finding as ReportedFinding } from '../report/finding.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { type ClusterTopology, istiodHost } from '../topology/topology.ts';
import { onlyService } from '../verify/checks.ts';
import type { ClusterFacts } from '../verify/facts.ts';
import { judgePair } from '../verify/judge-pair.ts';
import { type KeptProbe, keptAccounts } from '../verify/kept/objects.ts';
import { findKept, placeKept, removeKept } from '../verify/kept/place.ts';
import { evidenceOf, type KeptReading, readKept } from '../verify/kept/read.ts';
import type { ClearedProbe, GatewayAnswer, KeptProbes, PathProbe, ProbeReading } from './home-session.ts';
import { limitedSignal, signalOf } from './limits.ts';
import { openClient } from './open-clusters.ts';
import { probeImageOf } from './probe-image.ts';
import { reportedFinding } from './reporting/finding.ts';
import { liveMeshOf, type SessionState } from './session.ts';

/** Beyond that a turn of a probe is given up; another one follows. */
const turnMs = 30_000;

/** The probes of a mesh: one pod in each cluster of which the documents do not say otherwise. */
export function keptProbes(state: SessionState, probeImage: string | undefined): KeptProbes {
  const mesh = liveMeshOf(state);
  const probed = mesh.topology.clusters.filter(({ cluster }) => cluster.spec.probe !== 'Off');
  const isProbed = (name: string): boolean => probed.length > 1 && probed.some((one) => one.name === name);
  const peersOf = (name: string): readonly string[] =>
    isProbed(name) ? probed.map((one) => one.name).filter((one) => one !== name) : [];
  const probeOf = (name: string): KeptProbe => ({
    member: memberOf(topologyOf(mesh, name)),
    peers: peersOf(name).map((peer) => memberOf(topologyOf(mesh, peer))),
    image: probeImageOf(probeImage, state.ports),
    injectionLabels: injectionLabels(topologyOf(mesh, name).revision),
  });
  const facts = new Map<string, ClusterFacts>();
  // A watch shows whether the pod runs; what it said is read each time.
  const watched = { ...state, connections: state.connections.watched() };
  return {
    peersOf,
    async keep(cluster, fence) {
      const options = { signal: limitedSignal(state.ports, turnMs), fence };
      const client = await openClient(state, cluster);
      await (isProbed(cluster)
        ? placeKept(client, probeOf(cluster), options)
        : removeKept(client, anyProbeOf(mesh, cluster), options));
    },
    clear: async ({ until, keep }) => {
      const cleared = mesh.names
        .filter((name) => !keep.includes(name))
        .map(async (cluster): Promise<readonly ClearedProbe[]> => {
          const signal = limitedSignal(state.ports, turnMs);
          try {
            const client = await openClient(state, cluster);
            const options = { signal, fence: () => undefined };
            const object =
              until === 'Plan'
                ? await findKept(client, cluster, signal)
                : await removeKept(client, anyProbeOf(mesh, cluster), options);
            return object === undefined ? [] : [{ cluster, object }];
          } catch (thrown) {
            signalOf(state.ports).throwIfAborted();
            return [{ cluster, why: asIsthmusError(thrown).message }];
          }
        });
      return (await Promise.all(cleared)).flat();
    },
    async read(cluster) {
      const { member, injectionLabels: labels } = probeOf(cluster);
      const { clock } = state.ports;
      const options = { member, injectionLabels: labels, clock, signal: limitedSignal(state.ports, turnMs) };
      const reading = await readKept(await openClient(watched, cluster), options);
      facts.set(cluster, reading.facts);
      return readingOf({ reading, facts, mesh, peers: peersOf(cluster) });
    },
  };
}

interface Judging {
  readonly reading: KeptReading;
  readonly facts: ReadonlyMap<string, ClusterFacts>;
  readonly mesh: ResolvedMesh;
  readonly peers: readonly string[];
}

function readingOf({ reading, facts, mesh, peers }: Judging): ProbeReading {
  const probes = peers.flatMap((peer) =>
    reading.lines
      .filter(({ service }) => service === onlyService(peer))
      .map((line) =>
        judged(line, { from: reading.facts, to: factsOf(mesh, peer, { facts, like: reading.facts }), mesh }),
      ),
  );
  return { pod: reading.pod ?? '', obstacle: reported(reading.obstacle), probes };
}

/** Of a peer whose own pod was not read nothing is known that explains a failure: its answers alone count. */
function factsOf(
  mesh: ResolvedMesh,
  peer: string,
  { facts, like }: { readonly facts: ReadonlyMap<string, ClusterFacts>; readonly like: ClusterFacts },
): ClusterFacts {
  return (
    facts.get(peer) ?? { ...like, member: memberOf(topologyOf(mesh, peer)), server: { ...like.server, ip: undefined } }
  );
}

function judged(
  line: KeptLine,
  { from, to, mesh }: { readonly from: ClusterFacts; readonly to: ClusterFacts; readonly mesh: ResolvedMesh },
): PathProbe {
  const caller: ClusterFacts = {
    ...from,
    targets: new Map([[line.service, { state: 'Result', evidence: evidenceOf(line) }]]),
  };
  const trustDomain = mesh.declared.mesh.spec.trust.domain;
  const run = { trustDomain, namespace: probeNamespace, accounts: keptAccounts, clusters: [caller, to] };
  const { failure } = judgePair(run, caller, to);
  return {
    to: to.member.name,
    count: line.count,
    outcome: failure === null ? 'Answered' : saysNothing(failure) ? 'Untested' : 'Failed',
    hop: failure?.hop,
    latencyMs: line.latencyMs,
    finding: reported(failure?.finding),
    gateways: from.member.network === to.member.network ? [] : line.evidence.dials.map(gatewayAnswer),
  };
}

/** What keeps a probe's own pods from running is nothing that the mesh does to requests. */
const podHops: ReadonlySet<Failure['hop']> = new Set(['Cluster', 'ClientPod', 'ServerPod']);

function saysNothing({ tested, hop }: Failure): boolean {
  return !tested || podHops.has(hop);
}

const eastWest = 15_443;

/** A sidecar takes what goes to other ports, and may close it itself. */
function gatewayAnswer({ address, port, tcp, tls, detail }: KeptLine['evidence']['dials'][number]): GatewayAnswer {
  const where = `${address}:${port}`;
  if (tls === 'Handshake') return { address: where, answers: 'Yes' };
  const why = tcp === 'Connected' ? `TLS: ${tls}` : `TCP: ${tcp}`;
  const answers = tls === 'Closed' && port !== eastWest ? 'Unknown' : 'No';
  return { address: where, answers, detail: detail === undefined ? why : `${why}, ${detail}` };
}

function reported(finding: Finding | undefined): ReportedFinding | undefined {
  return finding === undefined ? undefined : reportedFinding(finding);
}

/** The probe of a cluster whichever clusters it calls. */
function anyProbeOf(mesh: ResolvedMesh, cluster: string) {
  const peers = mesh.topology.clusters.filter(({ name }) => name !== cluster).map(memberOf);
  return { member: memberOf(topologyOf(mesh, cluster)), peers };
}

function memberOf(topology: ClusterTopology) {
  return { name: topology.name, network: topology.network, istiodIn: istiodHost(topology) };
}

function topologyOf({ topology }: ResolvedMesh, name: string): ClusterTopology {
  const found = topology.clusters.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} is not a cluster of the mesh`);
  return found;
}
