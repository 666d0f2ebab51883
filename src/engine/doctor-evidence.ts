import { IsthmusError } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import { isJsonObject, type Json, valueAt } from '../base/json.ts';
import { evidenceUnread, trustNotStored } from '../diagnose/checks/evidence.ts';
import { checkPairs } from '../diagnose/checks/join/pairs.ts';
import { meshFindings } from '../diagnose/checks/mesh/all.ts';
import type { JoinFacts } from '../diagnose/facts/join.ts';
import type { FlowFacts, MemberFacts, MeshEvidence, ProbedFacts } from '../diagnose/facts/mesh.ts';
import type { MeshObjects, RemoteSecretFacts } from '../diagnose/facts/mesh-objects.ts';
import type { PeerStatus } from '../diagnose/facts/status.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import { serviceFacts } from '../join/read-facts.ts';
import { isRunNamespace } from '../objects/ownership.ts';
import type { HeldOfPeer } from '../observe/held-endpoints.ts';
import { surveyFlows } from '../predict/scenario/survey.ts';
import type { ClusterStatus, StatusReport } from '../report/status.ts';
import type { TrustReport } from '../report/trust.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import type { VerifyReport } from '../verify/report.ts';
import { heldFacts } from './held-facts.ts';
import type { WholeSnapshot } from './snapshot.ts';

/** What a diagnosis was read from. */
export interface DoctorReading {
  /** RFC 3339. */
  readonly readAt: string;
  readonly status: StatusReport;
  /** Undefined where a snapshot was read, which does not hold it. */
  readonly trust: TrustReport | IsthmusError | undefined;
  readonly model: Snapshot | IsthmusError | undefined;
  /** What is read of each cluster besides; empty of a snapshot. */
  readonly members: readonly MemberReading[];
  /** Left out where no requests were sent. */
  readonly probed?: VerifyReport | IsthmusError | undefined;
  /** For an archive; undefined where none was asked for. */
  readonly whole?: WholeSnapshot | IsthmusError | undefined;
}

/** What is compared between clusters and is in neither a status nor the model. */
export interface MemberReading {
  readonly cluster: string;
  readonly podRanges: readonly string[] | IsthmusError;
  readonly remoteSecrets: readonly RemoteSecretFacts[];
  /** What its istiods hold of their peers. */
  readonly held: readonly HeldOfPeer[];
}

/** The evidence in a reading. */
export function evidenceOf(mesh: ResolvedMesh, reading: DoctorReading): MeshEvidence {
  const { readAt, status, trust, model, probed } = reading;
  const found: Finding[] = status.clusters.flatMap(({ findings }) => findings);
  if (trust === undefined) found.push(trustNotStored(readAt));
  else if (trust instanceof IsthmusError) found.push(evidenceUnread('Trust', trust, readAt));
  else found.push(...trust.findings);
  if (probed instanceof IsthmusError) found.push(evidenceUnread('Requests', probed, readAt));
  if (model instanceof IsthmusError) found.push(evidenceUnread('Model', model, readAt));
  const isModelled = model !== undefined && !(model instanceof IsthmusError);
  if (isModelled) {
    found.push(...checkPairs(joinFacts(mesh, model, reading), mesh.declared.services));
    found.push(...meshFindings(meshObjects(mesh, model, reading)));
  }
  return {
    mesh: mesh.name,
    readAt,
    members: status.clusters.map((one) => ({ ...memberFacts(one), ...primaryIn(mesh, one.cluster) })),
    findings: found,
    relations: trust === undefined || trust instanceof IsthmusError ? [] : trust.relations,
    held: reading.members.flatMap(({ cluster, held }) =>
      held.map(({ peer, endpoints }) => ({ cluster, peer, endpoints: endpoints.length })),
    ),
    ...(probed === undefined || probed instanceof IsthmusError ? {} : { probed: probedFacts(probed) }),
    flows: isModelled ? flowFacts(model) : undefined,
  };
}

function probedFacts({ pairs }: VerifyReport): readonly ProbedFacts[] {
  return pairs.map(({ from, to, tested, failure }) => {
    const finding = failure?.finding;
    if (finding === undefined || tested) return { from, to, finding };
    return { from, to, finding: { ...finding, severity: 'warning', confidence: 'Unknown' } };
  });
}

function isFilled(value: Json | undefined): boolean {
  return isJsonObject(value) && Object.keys(value).length > 0;
}

function networkOf({ topology }: ResolvedMesh, cluster: string): string {
  return topology.clusters.find(({ name }) => name === cluster)?.network ?? '';
}

function placeOf(
  mesh: ResolvedMesh,
  cluster: string,
): Pick<MeshObjects['members'][number], 'cluster' | 'context' | 'network'> {
  const context = mesh.topology.clusters.find(({ name }) => name === cluster)?.cluster.spec.access.context;
  return { cluster, network: networkOf(mesh, cluster), ...(context === undefined ? {} : { context }) };
}

/** What the clusters hold of the kinds that decide about requests, side by side. */
function meshObjects(
  mesh: ResolvedMesh,
  { clusters, istiods, resolutions }: Snapshot,
  { readAt, members, status }: DoctorReading,
): MeshObjects {
  const hasAddress = (name: string): boolean => {
    const found = status.clusters.find(({ cluster }) => cluster === name);
    return found?.reachable === true && typeof found.gateway?.address === 'string';
  };
  const versionIn = (name: string): { readonly version?: string } => {
    const found = status.clusters.find(({ cluster }) => cluster === name);
    const version = found?.reachable === true ? found.istiod?.version : undefined;
    return typeof version === 'string' ? { version } : {};
  };
  const hasMeshNetworks = (name: string): boolean =>
    isFilled(valueAt(istiods.find(({ cluster }) => cluster === name)?.meshNetworks, ['networks']));
  return {
    readAt,
    ...(resolutions === undefined ? {} : { resolutions }),
    names: mesh.names,
    members: clusters.map(({ cluster, objects }) => ({ ...placeOf(mesh, cluster), objects })),
    istiods: istiods.map(({ cluster, meshConfig, flags }) => ({
      cluster,
      meshConfig,
      flags,
      hasMeshNetworks: hasMeshNetworks(cluster),
    })),
    remoteSecrets: members.flatMap(({ remoteSecrets }) => remoteSecrets),
    held: members.flatMap(({ cluster, held }) =>
      held.map((one) => ({
        ...heldFacts(cluster, one, {
          objects: clusters.find((other) => other.cluster === one.peer)?.objects ?? [],
          readAt,
        }),
        ...versionIn(cluster),
        // Gateways that the settings name are of no cluster.
        hasAddress: hasAddress(one.peer) && !hasMeshNetworks(cluster),
      })),
    ),
  };
}

/** What two clusters have to agree about, as a join reads it; what it asks of an Istio does not concern members. */
function joinFacts(
  mesh: ResolvedMesh,
  { clusters }: Snapshot,
  { readAt, members }: DoctorReading,
): readonly JoinFacts[] {
  return clusters.map(({ cluster, objects }) => {
    const podRanges = members.find((one) => one.cluster === cluster)?.podRanges ?? [];
    return {
      readAt,
      cluster,
      network: networkOf(mesh, cluster),
      services: serviceFacts(objects),
      ...(podRanges instanceof IsthmusError ? { podRanges: [], nodesUnread: podRanges } : { podRanges }),
      kubernetes: '',
      istio: [],
      foreignIstio: [],
      networkLabels: [],
      remotes: [],
    };
  });
}

function primaryIn({ topology }: ResolvedMesh, cluster: string): Pick<MemberFacts, 'primary'> {
  const controlPlane = topology.clusters.find(({ name }) => name === cluster)?.controlPlane;
  return controlPlane?.kind === 'RemoteOf' ? { primary: controlPlane.primary } : {};
}

function memberFacts(status: ClusterStatus): MemberFacts {
  const { cluster, network } = status;
  if (!status.reachable) return { cluster, network, isRead: false, peers: [], gatewayAddress: null };
  const { gateway } = status;
  return {
    cluster,
    network,
    isRead: true,
    peers: status.peers as readonly PeerStatus[],
    gatewayAddress: gateway === null ? null : gateway?.address,
  };
}

function flowFacts(snapshot: Snapshot): readonly FlowFacts[] {
  // Those of a verify that is running come and go.
  const lasting = surveyFlows(snapshot).filter(({ host }) => !isRunNamespace(host.split('.')[1] ?? ''));
  return lasting.map(({ findings, excluded, ...flow }) => ({
    ...flow,
    findings: findings.map(({ share: _, ...finding }) => finding),
    excluded: excluded.map(({ cluster, reason }) => ({ cluster, reason })),
  }));
}
