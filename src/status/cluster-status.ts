import type { ClusterName } from '../api/name.ts';
import type { Clock } from '../base/clock.ts';
import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import { type Json, valueAt } from '../base/json.ts';
import { clusterFindings, meshFindings, unreadFinding } from '../diagnose/checks/cluster.ts';
import type { ClusterFacts } from '../diagnose/facts/status.ts';
import { eastWestGateway, eastWestPort, istioNamespace } from '../istio/names.ts';
import { multiClusterLabel } from '../istio/remote-secret.ts';
import { injectedBy } from '../istio/revision.ts';
import type { ConnectedProxy } from '../istio/syncz.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject, ObjectRef } from '../objects/object.ts';
import { findInstalledGateway } from '../observe/installed-gateway.ts';
import { type IstiodPlace, istiodPlace } from '../observe/istiod.ts';
import { type Outside, readOutside } from '../observe/outside.ts';
import type { readPeerAnswers } from '../observe/peer-answers.ts';
import { readProxies } from '../observe/proxies.ts';
import { rolloutOf } from '../observe/workload.ts';
import { type ClusterTopology, revisionOf } from '../topology/topology.ts';
import { type IstiodOptions, istiodStatus } from './istiod-status.ts';
import { askIstiods, peerStatus } from './peer-status.ts';

export interface ReachableStatus extends ClusterFacts {
  readonly reachable: true;
  /** Everything that is not as it should be; none means healthy. */
  readonly findings: readonly Finding[];
}

export type ClusterStatus =
  | ReachableStatus
  | {
      readonly cluster: ClusterName;
      readonly network: string;
      readonly reachable: false;
      readonly error: { readonly code: string; readonly message: string };
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
  const { code, message } = error;
  const { name: cluster, network } = topology;
  const findings = [unreadFinding(cluster, error, at)];
  return { cluster, network, reachable: false, error: { code, message }, findings };
}

/** A mesh is as it should be where no cluster has a finding that is more than a note. */
export function isHealthy(statuses: readonly ClusterStatus[]): boolean {
  return statuses.every(({ findings }) => findings.every(({ severity }) => severity === 'info'));
}

async function readReachable(
  topology: ClusterTopology,
  client: KubeClient,
  options: StatusOptions,
): Promise<ReachableStatus> {
  const { signal, clientOf } = options;
  const get = (ref: ObjectRef): Promise<KubeObject | undefined> => client.get(ref, { signal });
  const place = istiodPlace(topology, clientOf);
  const hasGateway = topology.gateway === 'EastWest';
  const [version, istiod, gateway, remotes, views, proxies, namespaces] = await Promise.all([
    client.raw({ method: 'GET', path: '/version', signal }),
    istiodStatus(topology, options),
    hasGateway ? gatewayStatus(topology, client, signal) : undefined,
    client.list(secret, {
      namespace: istioNamespace,
      labelSelector: `${multiClusterLabel}=true`,
      content: 'Metadata',
      signal,
    }),
    askIstiods(place, topology.peers, options),
    proxiesOf(topology, place, signal),
    Promise.all(
      topology.cluster.spec.injectNamespaces.map((name) => namespaceStatus(name, revisionOf(topology, name), get)),
    ),
  ]);
  const { certificate, holds, ...rollout } = istiod;
  const facts = {
    cluster: topology.name,
    network: topology.network,
    server: client.server,
    kubernetes: textAt(version, ['gitVersion']) ?? 'unknown',
    istiod: rollout,
    gateway,
    peers: topology.peers.map((peer) => peerStatus(peer, remotes, views)),
    certificate,
    injectNamespaces: namespaces,
  };
  const context = topology.cluster.spec.access.context ?? topology.name;
  const reading = { at: readAt(options), context };
  const findings = [
    ...meshFindings({ cluster: topology.name, holds, mesh: options.mesh }, reading),
    ...clusterFindings(facts, proxies, reading),
  ];
  return { ...facts, reachable: true, findings };
}

function readAt({ clock }: Pick<StatusOptions, 'clock'>): string {
  return new Date(clock.now()).toISOString();
}

async function gatewayStatus(
  { cluster, istio, network }: ClusterTopology,
  client: KubeClient,
  signal: AbortSignal,
): Promise<ReachableStatus['gateway']> {
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

/** The first address, with the port of the traffic between networks where that is not the usual one. */
function addressText({ hosts: [host], portFor }: Outside): string | undefined {
  const port = portFor(eastWestPort);
  return host === undefined || port === eastWestPort ? host : `${host}:${port}`;
}

/** The proxies of this cluster that its istiod serves; why one cannot be asked is reported elsewhere. */
async function proxiesOf(
  { name, revision }: ClusterTopology,
  place: IstiodPlace | undefined,
  signal: AbortSignal,
): Promise<readonly ConnectedProxy[]> {
  if (place === undefined) return [];
  const proxies = await readProxies(place, revision, signal).catch(() => {
    signal.throwIfAborted();
    return [];
  });
  return proxies.filter(({ cluster }) => cluster === name);
}

async function namespaceStatus(
  name: string,
  revision: string,
  get: (ref: ObjectRef) => Promise<KubeObject | undefined>,
): Promise<{ name: string; labelled: boolean }> {
  const namespace = await get({ apiVersion: 'v1', kind: 'Namespace', name });
  return { name, labelled: injectedBy(namespace?.metadata.labels) === revision };
}

function textAt(value: Json, path: readonly string[]): string | undefined {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : undefined;
}
