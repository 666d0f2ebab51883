import type { ClusterName } from '../api/name.ts';
import type { Clock } from '../base/clock.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import { textAt } from '../base/json.ts';
import { clusterFindings } from '../diagnose/checks/cluster/cluster.ts';
import { meshFindings } from '../diagnose/checks/cluster/mesh-differs.ts';
import { unreadFinding } from '../diagnose/checks/cluster/unread.ts';
import { proxyFindings } from '../diagnose/checks/proxies.ts';
import type { ClusterDrift } from '../diagnose/facts/drift.ts';
import type { ProxyFacts } from '../diagnose/facts/proxies.ts';
import type { ServiceEffect } from '../diagnose/facts/service.ts';
import type { ClusterFacts, GatewayFacts, IngressFacts } from '../diagnose/facts/status.ts';
import { eastWestGateway, eastWestPort, ingressGateway, istioNamespace } from '../istio/names.ts';
import { injectedBy } from '../istio/revision.ts';
import type { ConnectedProxy } from '../istio/syncz.ts';
import type { KubeClient } from '../kube/client.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import { findInstalledGateway } from '../observe/installed-gateway.ts';
import { istiodPlace } from '../observe/istiod.ts';
import { readDisabledMtls } from '../observe/mesh-policy.ts';
import { type Outside, outsideOf, readOutside } from '../observe/outside.ts';
import type { readPeerAnswers } from '../observe/peer-answers.ts';
import { readServing } from '../observe/proxies.ts';
import { readProxyPods } from '../observe/proxy-pods.ts';
import { rolloutOf } from '../observe/workload.ts';
import { type ClusterTopology, istiodHost, revisionOf } from '../topology/topology.ts';
import { type IstiodOptions, type IstiodStatus, readIntermediate, readIstiodStatus } from './istiod-status.ts';
import { type PartReader, partReader } from './part-reader.ts';
import { askIstiods, type PeerReadings, peerStatus } from './peer-status.ts';
import { proxyFacts } from './proxy-status.ts';

export interface ReachableStatus extends ClusterFacts {
  readonly reachable: true;
  /** Left out where nothing was compared. */
  readonly drift?: ClusterDrift;
  /** Whether the MeshServices are in effect; left out where nobody asked. */
  readonly services?: readonly ServiceEffect[];
  /** Everything that is not as it should be; none means healthy. */
  readonly findings: readonly Finding[];
}

export type ClusterStatus =
  | ReachableStatus
  | {
      readonly cluster: ClusterName;
      readonly network: string;
      readonly reachable: false;
      readonly error: IsthmusError;
      readonly findings: readonly Finding[];
    };

export interface StatusOptions extends IstiodOptions {
  /** The name of the declared mesh. */
  readonly mesh: string;
  readonly clock: Clock;
  /** Whether an istiod's peers answer it: `readPeerAnswers`, or what was recorded of that. */
  readonly askPeers: typeof readPeerAnswers;
}

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' } as const;
const secret = { apiVersion: 'v1', kind: 'Secret' } as const;

/** Reads what is true of one cluster now. Nothing is taken from an earlier run. */
export async function readStatus(
  topology: ClusterTopology,
  client: KubeClient,
  options: StatusOptions,
): Promise<ClusterStatus> {
  try {
    return await readReachable(topology, client, options);
  } catch (error) {
    return unreachableStatus(topology, asIsthmusError(error), readAt(options));
  }
}

/** The status of a cluster that does not answer, at a time in RFC 3339: unknown is not healthy. */
export function unreachableStatus(topology: ClusterTopology, error: IsthmusError, at: string): ClusterStatus {
  const { name: cluster, network } = topology;
  return { cluster, network, reachable: false, error, findings: [unreadFinding(cluster, error, at)] };
}

async function readReachable(
  topology: ClusterTopology,
  client: KubeClient,
  options: StatusOptions,
): Promise<ReachableStatus> {
  const { name, network, peers } = topology;
  const reader = partReader(options.signal);
  const [version, gateway, ingress, namespaces, mtls, plane] = await Promise.all([
    reader.read('Version', () => client.raw({ method: 'GET', path: '/version', signal: options.signal })),
    topology.gateway === 'EastWest'
      ? reader.read('Gateway', () => gatewayStatus(topology, client, options.signal))
      : undefined,
    topology.cluster.spec.ingress === undefined
      ? undefined
      : reader.read('Ingress', () => ingressStatus(client, options.signal)),
    reader.read('Namespaces', () => namespacesOf(topology, client, options.signal)),
    // A cluster that another one's istiod serves has its policies there.
    topology.gateway === 'EastWest' && topology.controlPlane.kind !== 'RemoteOf'
      ? reader.read('MeshPolicy', () => readDisabledMtls(client, options.signal))
      : undefined,
    readPlane(topology, client, { options, reader }),
  ]);
  const facts: ClusterFacts = {
    cluster: name,
    network,
    istio: topology.istio,
    server: client.server,
    kubernetes: textAt(version ?? undefined, ['gitVersion']) ?? null,
    istiod: plane.status?.istiod ?? null,
    gateway,
    ...(ingress === undefined ? {} : { ingress }),
    peers: peers.map((peer) => peerStatus(peer, plane)),
    certificate: plane.certificate,
    injectNamespaces: namespaces,
    mtlsDisabledBy: mtls,
    unread: reader.unread,
  };
  const reading = { at: readAt(options), context: topology.cluster.spec.access.context ?? name };
  const foreign = meshFindings({ cluster: name, holds: plane.status?.holds, mesh: options.mesh }, reading);
  const findings = [
    ...foreign,
    ...clusterFindings(facts, plane.proxies ?? [], reading),
    ...(foreign.length > 0 ? [] : proxyFindings(topology, plane.proxyFacts, reading)),
  ];
  return { ...facts, reachable: true, findings };
}

interface PlaneReadings extends PeerReadings {
  readonly status: IstiodStatus | null;
  readonly certificate: ClusterFacts['certificate'];
  /** The proxies of this cluster that its istiod serves. */
  readonly proxies: readonly ConnectedProxy[] | null;
  /** The proxies of this cluster, served or not. */
  readonly proxyFacts: readonly ProxyFacts[];
}

/** What the istiod of a cluster is and says, and what it was given. */
async function readPlane(
  topology: ClusterTopology,
  client: KubeClient,
  { options, reader }: { readonly options: StatusOptions; readonly reader: PartReader },
): Promise<PlaneReadings> {
  const { clock, signal } = options;
  const { name, peers, revision } = topology;
  const selected = {
    namespace: istioNamespace,
    labelSelector: `${multiClusterLabel}=true`,
    content: 'Metadata',
  } as const;
  const secrets = reader.read('RemoteSecrets', async () =>
    peers.length === 0 ? [] : await client.list(secret, { ...selected, signal }),
  );
  const pods = reader.read('ProxyPods', () => readProxyPods(client, signal));
  const place = istiodPlace(topology, options.clientOf);
  if (place === undefined) {
    // Why its host does not answer is a finding of that cluster.
    await reader.read('ControlPlane', async () => {
      throw new IsthmusError('not-found', `its istiod runs in ${istiodHost(topology)}, which was not read`);
    });
    const [remotes, found] = await Promise.all([secrets, pods]);
    const facts = (found ?? []).map((pod) => ({ ...pod, isServed: undefined }));
    return { status: null, certificate: null, proxies: null, proxyFacts: facts, istiods: null, remotes };
  }
  const askServing = () => reader.read('Proxies', () => readServing(place, revision, signal));
  const [status, certificate, istiods, serving, remotes, found] = await Promise.all([
    reader.read('ControlPlane', () => readIstiodStatus(topology, place, signal)),
    reader.read('Intermediate', () => readIntermediate(place, topology, options)),
    reader.read('IstiodView', () => askIstiods(place, peers, options)),
    askServing(),
    secrets,
    pods,
  ]);
  const connected = serving?.flatMap(({ proxies }) => proxies);
  return {
    status,
    certificate,
    istiods,
    remotes,
    proxies: connected?.filter(({ cluster }) => cluster === name) ?? null,
    proxyFacts: await proxyFacts(topology, { pods: found ?? [], serving, askAgain: askServing, clock, signal }),
  };
}

function readAt({ clock }: Pick<StatusOptions, 'clock'>): string {
  return new Date(clock.now()).toISOString();
}

async function gatewayStatus(
  { cluster, istio, network }: ClusterTopology,
  client: KubeClient,
  signal: AbortSignal,
): Promise<GatewayFacts> {
  const { addresses } = cluster.spec.gateway;
  if (istio === 'Installed') {
    const way = await findInstalledGateway(client, network, signal);
    return { ...rolloutOf(way?.deployment), address: addresses?.[0] ?? (way && addressText(way.outside)) };
  }
  const ref = { namespace: istioNamespace, name: eastWestGateway };
  const [gateway, outside] = await Promise.all([
    client.get({ ...deployment, ...ref }, { signal }),
    addresses === undefined ? readOutside(client, { apiVersion: 'v1', kind: 'Service', ...ref }, signal) : undefined,
  ]);
  return { ...rolloutOf(gateway), address: outside === undefined ? addresses?.[0] : addressText(outside) };
}

async function ingressStatus(client: KubeClient, signal: AbortSignal): Promise<IngressFacts> {
  const ref = { namespace: istioNamespace, name: ingressGateway };
  const [gateway, service] = await Promise.all([
    client.get({ ...deployment, ...ref }, { signal }),
    client.get({ apiVersion: 'v1', kind: 'Service', ...ref }, { signal }),
  ]);
  const [address] = outsideOf(service, []).hosts;
  // No Service at all has no address either.
  const type = textAt(service, ['spec', 'type']) ?? 'LoadBalancer';
  return { ...rolloutOf(gateway), address, awaitsAddress: type === 'LoadBalancer' };
}

/** The first address, with the port of the traffic between networks where that is not the usual one. */
function addressText({ hosts: [host], portFor }: Outside): string | undefined {
  const port = portFor(eastWestPort);
  return host === undefined || port === eastWestPort ? host : `${host}:${port}`;
}

async function namespacesOf(
  topology: ClusterTopology,
  client: KubeClient,
  signal: AbortSignal,
): Promise<readonly { name: string; labelled: boolean }[]> {
  return await Promise.all(
    topology.cluster.spec.injectNamespaces.map(async (name) => {
      const namespace = await client.get({ apiVersion: 'v1', kind: 'Namespace', name }, { signal });
      return { name, labelled: injectedBy(namespace?.metadata.labels) === revisionOf(topology, name) };
    }),
  );
}
