import { parse } from 'yaml';
import { isTooDeep } from '../base/depth.ts';
import { asIsthmusError } from '../base/error.ts';
import { isJsonObject, type Json, type JsonObject, textAt, valueAt } from '../base/json.ts';
import type { InstalledGateway, InstalledIstio, InstalledIstiod, InstalledRemoteSecret } from '../istio/adoption.ts';
import { eastWestPort, eastWestSelector, istioNamespace, networkLabel, networkViewVariable } from '../istio/names.ts';
import { parseRemoteSecret } from '../istio/remote-secret.ts';
import { withRevision } from '../istio/revision.ts';
import type { KubeClient } from '../kube/client.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import type { KubeObject } from '../objects/object.ts';
import { meshLabel } from '../objects/ownership.ts';
import { signingTexts } from '../pki/bundle.ts';
import { certificatesOf } from '../pki/certificate.ts';
import { findChain } from '../pki/chain.ts';
import type { WebCrypto } from '../pki/environment.ts';
import { type ControlPlane, containerOf, readControlPlanes } from './control-plane.ts';
import { findBehind, gatewayNamespaces, isIn, leadsIn } from './installed-gateway.ts';
import { readIstiodCertificates } from './istiod-certificate.ts';
import { secretTexts } from './secret.ts';

export interface InstalledQuery {
  /** The mesh whose own objects do not count. */
  readonly mesh: string;
  readonly crypto: WebCrypto;
  readonly signal: AbortSignal;
}

/** An Istio that was there before the mesh, and the ways into the cluster that it has. */
export interface Installed {
  readonly istio: InstalledIstio;
  /** Someone else's Gateway already exposes the services of the cluster to other networks. */
  readonly isExposed: boolean;
}

/** Reads what was installed in a cluster, from the objects that the installation left and from istiod itself. */
export async function readInstalled(client: KubeClient, query: InstalledQuery): Promise<Installed> {
  const { mesh, signal } = query;
  const isForeign = ({ metadata }: KubeObject): boolean => metadata.labels?.[meshLabel] !== mesh;
  const [planes, namespace, namespaces, services, secrets, gateways, signsWith] = await Promise.all([
    readControlPlanes({ client, namespace: istioNamespace }, signal),
    client.get({ apiVersion: 'v1', kind: 'Namespace', name: istioNamespace }, { signal }),
    gatewayNamespaces(client, signal),
    client.list({ apiVersion: 'v1', kind: 'Service' }, { labelSelector: networkLabel, signal }),
    client.list(
      { apiVersion: 'v1', kind: 'Secret' },
      { namespace: istioNamespace, labelSelector: `${multiClusterLabel}=true`, signal },
    ),
    listGateways(client, signal),
    readSigner(client, query),
  ]);
  const [own, elsewhere] = divided(
    [...services.filter(leadsIn), ...gateways.filter(exposesAll)].filter(isForeign),
    (object) => isIn(namespaces, object),
  );
  const ways = own.filter(({ kind }) => kind === 'Service');
  const [istiods, readWays] = await Promise.all([
    Promise.all(planes.map((plane) => readIstiod(client, plane, query))),
    Promise.all(ways.map((service) => readGateway(client, service, signal))),
  ]);
  return {
    istio: {
      installer: installerOf(planes),
      istiods,
      networkLabel: namespace?.metadata.labels?.[networkLabel],
      gateways: readWays,
      elsewhere: elsewhere.map(({ kind, metadata: { name, namespace = '' } }) => ({ kind, namespace, name })),
      remoteSecrets: secrets.filter(isForeign).map(remoteSecretOf),
      signsWith,
    },
    isExposed: own.some(({ kind }) => kind === 'Gateway'),
  };
}

function divided<T>(all: readonly T[], isFirst: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

const helmRelease = 'meta.helm.sh/release-name';

/** Helm states its release; what istioctl renders carries Helm's labels but no release. */
function installerOf(planes: readonly ControlPlane[]): InstalledIstio['installer'] {
  for (const { deployment } of planes) {
    const release = deployment.metadata.annotations?.[helmRelease];
    if (release !== undefined) return { kind: 'Helm', release };
  }
  return { kind: 'Istioctl' };
}

/** What an istiod and its ConfigMaps state of the cluster, its proxies and the mesh. */
export async function readIstiod(
  client: KubeClient,
  { revision, version, deployment }: ControlPlane,
  { mesh, signal }: Pick<InstalledQuery, 'mesh' | 'signal'>,
): Promise<InstalledIstiod> {
  const configMap = (name: string): Promise<KubeObject | undefined> =>
    client.get(
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: istioNamespace, name: withRevision(name, revision) },
      { signal },
    );
  const [injector, config] = await Promise.all([configMap('istio-sidecar-injector'), configMap('istio')]);
  const values = documentAt(injector, 'values');
  const meshConfig = documentAt(config, 'mesh');
  const { serviceSettings } = meshConfig;
  const networks = documentAt(config, 'meshNetworks').networks;
  return {
    revision,
    version,
    cluster: variable(deployment, 'CLUSTER_ID') || unnamedCluster,
    proxies: {
      cluster: (textAt(values, ['global', 'multiCluster', 'clusterName']) ?? '') || unnamedCluster,
      network: textAt(values, ['global', 'network']) ?? '',
      mesh: textAt(values, ['global', 'meshID']) ?? '',
    },
    trustDomain: (textAt(meshConfig, ['trustDomain']) ?? '') || 'cluster.local',
    meshNetworks: isJsonObject(networks) ? networks : {},
    serviceSettings: Array.isArray(serviceSettings) ? serviceSettings : [],
    servesRemotes: variable(deployment, 'EXTERNAL_ISTIOD') === 'true',
    isOurs: deployment.metadata.labels?.[meshLabel] === mesh,
  };
}

/** What istiod and proxies call a cluster to which nobody gave a name (istio-discovery/templates/deployment.yaml). */
const unnamedCluster = 'Kubernetes';

/** A document in a ConfigMap: YAML, or JSON, which is YAML too. */
function documentAt(configMap: KubeObject | undefined, key: string): JsonObject {
  const text = valueAt(configMap, ['data', key]);
  if (typeof text !== 'string') return {};
  try {
    const value: unknown = parse(text, { prettyErrors: false, logLevel: 'error' });
    return isJsonObject(value) && !isTooDeep(value) ? value : {};
  } catch {
    return {};
  }
}

function variable(deployment: KubeObject, name: string): string {
  const env = containerOf(deployment)?.env;
  const found = (Array.isArray(env) ? env : []).find((one: Json) => isJsonObject(one) && one.name === name);
  return isJsonObject(found) ? (textAt(found, ['value']) ?? '') : '';
}

/** A Service that istiod takes for a gateway (pilot/pkg/serviceregistry/kube/controller/network.go). */
async function readGateway(client: KubeClient, service: KubeObject, signal: AbortSignal): Promise<InstalledGateway> {
  const { name, namespace = '', labels = {}, annotations } = service.metadata;
  const deployment = await findBehind(client, service, signal);
  return {
    name,
    namespace,
    network: labels[networkLabel] ?? '',
    selectsEastWest: valueAt(service, ['spec', 'selector', 'istio']) === eastWestSelector,
    release: annotations?.[helmRelease],
    workload: deployment && {
      name: deployment.metadata.name,
      network: textAt(deployment, ['spec', 'template', 'metadata', 'labels', networkLabel]) ?? '',
      view: variable(deployment, networkViewVariable)
        .split(',')
        .filter((network) => network !== ''),
    },
  };
}

function remoteSecretOf(secret: KubeObject): InstalledRemoteSecret {
  return { name: secret.metadata.name, clusters: parseRemoteSecret(secret).map(({ cluster }) => cluster) };
}

async function listGateways(client: KubeClient, signal: AbortSignal): Promise<readonly KubeObject[]> {
  try {
    return await client.list({ apiVersion: 'networking.istio.io/v1', kind: 'Gateway' }, { signal });
  } catch (error) {
    // Without Istio's definitions there is no Istio, which another finding says.
    if (asIsthmusError(error).code === 'not-found') return [];
    throw error;
  }
}

/** As samples/multicluster/expose-services.yaml does it: mutual TLS between networks, passed through by its SNI. */
function exposesAll(gateway: KubeObject): boolean {
  const servers = valueAt(gateway, ['spec', 'servers']);
  return (Array.isArray(servers) ? servers : []).some(
    (server: Json) =>
      valueAt(server, ['port', 'number']) === eastWestPort && valueAt(server, ['tls', 'mode']) === 'AUTO_PASSTHROUGH',
  );
}

/** Whether the certificates of the istiods lead to the root in `cacerts`, in whichever form it has it. */
async function readSigner(
  client: KubeClient,
  { crypto, signal }: InstalledQuery,
): Promise<InstalledIstio['signsWith']> {
  const secret = { apiVersion: 'v1', kind: 'Secret', namespace: istioNamespace, name: 'cacerts' };
  const texts = secretTexts(await client.get(secret, { signal }));
  if (texts === undefined) return 'Own';
  const roots = certificatesOf(signingTexts(texts).root);
  try {
    const istiods = await readIstiodCertificates({ client, namespace: istioNamespace }, signal);
    for (const { chain } of istiods) {
      const [leaf, ...between] = chain;
      if (leaf !== undefined && (await findChain(crypto, leaf, { between, roots })) === undefined) return 'Other';
    }
    return istiods.length === 0 ? 'Unknown' : 'CaCerts';
  } catch (error) {
    signal.throwIfAborted();
    if (asIsthmusError(error).code === 'port-forward-failed') return 'Unknown';
    throw error;
  }
}
