import type { ClusterName } from '../api/name.ts';
import type { Clock } from '../base/clock.ts';
import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import { isJsonObject, type Json, valueAt } from '../base/json.ts';
import { eastWestGateway, istioNamespace } from '../istio/names.ts';
import { injectionLabel } from '../istio/namespace.ts';
import { clusterAnnotation, multiClusterLabel } from '../istio/remote-secret.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject, ObjectRef } from '../objects/object.ts';
import { fingerprintOf, parseCertificates } from '../pki/certificate.ts';
import type { WebCrypto } from '../pki/environment.ts';
import type { ClusterTopology } from '../topology/topology.ts';
import { type IstiodView, readIstiods } from './istiod.ts';
import { secretTexts } from './secret.ts';
import { loadBalancerAddress, type Rollout, rolloutOf } from './workload.ts';

export interface PeerStatus {
  readonly peer: ClusterName;
  /** A remote secret for it is there. */
  readonly configured: boolean;
  /** What every istiod says of it: `synced`, or the first other word; `unknown` where no istiod names it. */
  readonly state: string;
}

export interface ReachableStatus {
  readonly cluster: ClusterName;
  readonly network: string;
  readonly reachable: true;
  readonly server: string;
  /** Kubernetes' version, e.g. `v1.36.3`. */
  readonly kubernetes: string;
  readonly istiod: Rollout & { readonly version: string | undefined };
  /** Only where the mesh spans networks. */
  readonly gateway: (Rollout & { readonly address: string | undefined }) | undefined;
  readonly peers: readonly PeerStatus[];
  /** The cluster's intermediate; undefined where there is none that can be read. */
  readonly certificate: { readonly notAfter: string; readonly rootFingerprint: string } | undefined;
  readonly injectNamespaces: readonly { readonly name: string; readonly labelled: boolean }[];
  /** Everything that is not as it should be, a sentence each; none means healthy. */
  readonly problems: readonly string[];
}

export type ClusterStatus =
  | ReachableStatus
  | {
      readonly cluster: ClusterName;
      readonly network: string;
      readonly reachable: false;
      readonly error: { readonly code: string; readonly message: string };
    };

export interface StatusOptions {
  readonly crypto: WebCrypto;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: istioNamespace } as const;
const secret = { apiVersion: 'v1', kind: 'Secret', namespace: istioNamespace } as const;

/** Reads what is true of one cluster now. Nothing is taken from an earlier run. */
export async function readStatus(
  topology: ClusterTopology,
  client: KubeClient,
  options: StatusOptions,
): Promise<ClusterStatus> {
  try {
    return await readReachable(topology, client, options);
  } catch (error) {
    return unreachableStatus(topology, asIsthmusError(error));
  }
}

/** The status of a cluster that does not answer: unknown is not healthy. */
export function unreachableStatus(topology: ClusterTopology, { code, message }: IsthmusError): ClusterStatus {
  return { cluster: topology.name, network: topology.network, reachable: false, error: { code, message } };
}

async function readReachable(
  topology: ClusterTopology,
  client: KubeClient,
  options: StatusOptions,
): Promise<ReachableStatus> {
  const { signal } = options;
  const get = (ref: ObjectRef): Promise<KubeObject | undefined> => client.get(ref, { signal });
  const [version, istiod, gateway, service, caCerts, remotes, views, namespaces] = await Promise.all([
    client.raw({ method: 'GET', path: '/version', signal }),
    get({ ...deployment, name: 'istiod' }),
    topology.gateway === 'EastWest' ? get({ ...deployment, name: eastWestGateway }) : undefined,
    topology.gateway === 'EastWest'
      ? get({ apiVersion: 'v1', kind: 'Service', namespace: istioNamespace, name: eastWestGateway })
      : undefined,
    get({ ...secret, name: 'cacerts' }),
    client.list(secret, {
      namespace: istioNamespace,
      labelSelector: `${multiClusterLabel}=true`,
      content: 'Metadata',
      signal,
    }),
    istiodViews(client, signal),
    Promise.all(topology.cluster.spec.injectNamespaces.map((name) => namespaceStatus(name, get))),
  ]);
  const facts = {
    cluster: topology.name,
    network: topology.network,
    reachable: true as const,
    server: client.server,
    kubernetes: textAt(version, ['gitVersion']) ?? 'unknown',
    istiod: { ...rolloutOf(istiod), version: imageTag(istiod) },
    gateway:
      topology.gateway === 'EastWest' ? { ...rolloutOf(gateway), address: loadBalancerAddress(service) } : undefined,
    peers: topology.peers.map((peer) => peerStatus(peer, remotes, views)),
    certificate: await certificateStatus(caCerts, options),
    injectNamespaces: namespaces,
  };
  return { ...facts, problems: problemsOf(facts, options.clock.now()) };
}

/** An istiod that cannot be asked is one that says nothing: what it would say is then `unknown`. */
async function istiodViews(client: KubeClient, signal: AbortSignal): Promise<readonly IstiodView[]> {
  try {
    return await readIstiods(client, signal);
  } catch (error) {
    if (asIsthmusError(error).code === 'cluster-unreachable') throw error;
    return [];
  }
}

function peerStatus(peer: ClusterName, remotes: readonly KubeObject[], views: readonly IstiodView[]): PeerStatus {
  const states = views.map(({ clusters }) => clusters.find(({ cluster }) => cluster === peer)?.status ?? 'unknown');
  return {
    peer,
    configured: remotes.some(({ metadata }) => metadata.annotations?.[clusterAnnotation] === peer),
    state: states.find((state) => state !== 'synced') ?? states[0] ?? 'unknown',
  };
}

async function namespaceStatus(
  name: string,
  get: (ref: ObjectRef) => Promise<KubeObject | undefined>,
): Promise<{ name: string; labelled: boolean }> {
  const namespace = await get({ apiVersion: 'v1', kind: 'Namespace', name });
  return { name, labelled: namespace?.metadata.labels?.[injectionLabel] === 'enabled' };
}

async function certificateStatus(
  caCerts: KubeObject | undefined,
  { crypto }: StatusOptions,
): Promise<ReachableStatus['certificate']> {
  const texts = secretTexts(caCerts);
  const [certificate] = parseCertificates(texts?.['ca-cert.pem'] ?? '')?.certificates ?? [];
  const [root] = parseCertificates(texts?.['root-cert.pem'] ?? '')?.certificates ?? [];
  if (certificate === undefined || root === undefined) return undefined;
  return { notAfter: new Date(certificate.notAfter).toISOString(), rootFingerprint: await fingerprintOf(crypto, root) };
}

const noticeMs = 30 * 24 * 3_600_000;

function problemsOf(facts: Omit<ReachableStatus, 'problems'>, now: number): readonly string[] {
  return [
    rolloutProblem('istiod', facts.istiod),
    facts.gateway === undefined ? undefined : rolloutProblem('east-west gateway', facts.gateway),
    facts.gateway !== undefined && facts.gateway.address === undefined ? 'east-west gateway: no address' : undefined,
    ...facts.peers.map(peerProblem),
    certificateProblem(facts.certificate, now),
    ...facts.injectNamespaces.map(({ name, labelled }) =>
      labelled ? undefined : `namespace ${name} is not labelled for injection`,
    ),
  ].filter((problem) => problem !== undefined);
}

function rolloutProblem(what: string, { complete, available, wanted }: Rollout): string | undefined {
  if (wanted === 0) return `${what}: it does not exist or is scaled to 0`;
  return complete ? undefined : `${what}: ${available} of ${wanted} available`;
}

function peerProblem({ peer, configured, state }: PeerStatus): string | undefined {
  if (!configured) return `no remote secret for ${peer}`;
  return state === 'synced' ? undefined : `istiod reports ${peer} as ${state}`;
}

function certificateProblem(certificate: ReachableStatus['certificate'], now: number): string | undefined {
  if (certificate === undefined) return 'no readable intermediate in cacerts';
  return Date.parse(certificate.notAfter) < now + noticeMs
    ? `the intermediate ends on ${certificate.notAfter}`
    : undefined;
}

/** The tag of istiod's image, which is Istio's version for every released image. */
function imageTag(istiod: KubeObject | undefined): string | undefined {
  const containers = istiod === undefined ? undefined : valueAt(istiod, ['spec', 'template', 'spec', 'containers']);
  const first: Json | undefined = Array.isArray(containers) ? containers[0] : undefined;
  const image = isJsonObject(first) ? first.image : undefined;
  return typeof image === 'string' ? /:([^:/@]+)(@.*)?$/.exec(image)?.[1] : undefined;
}

function textAt(value: Json, path: readonly string[]): string | undefined {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : undefined;
}
