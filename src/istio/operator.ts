import { defaultRevision } from '../api/name.ts';
import { type JsonObject, mergeJson, valueAt } from '../base/json.ts';
import { shortName } from '../base/short-name.ts';
import { injectionPath } from './injection-path.ts';
import {
  eastWestGateway,
  eastWestPort,
  eastWestSelector,
  ingressGateway,
  ingressSelector,
  istiodPorts,
  istioNamespace,
  networkViewVariable,
} from './names.ts';
import { isAtLeastMinor, isFixed } from './version.ts';

/** Free-form settings of a mesh file, handed on to Istio. */
export interface IstioSettings {
  readonly values?: JsonObject | undefined;
  readonly meshConfig?: JsonObject | undefined;
}

export interface EastWestGateway {
  /** The type of its Service; left out: LoadBalancer. */
  readonly type?: 'LoadBalancer' | 'NodePort' | undefined;
  /** Annotations of the Service, e.g. for a cloud's load balancer. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Left out: Istio's default, one pod and an autoscaler up to five. Set: exactly so many and no autoscaler. */
  readonly replicas?: number | undefined;
}

/** One cluster's control plane as the mesh wants it. */
export interface ControlPlane {
  readonly mesh: string;
  readonly cluster: string;
  readonly network: string;
  readonly trustDomain: string;
  /** The Istio version that the mesh names, e.g. `1.31`. */
  readonly version: string;
  /**
   * `Remote`: no istiod, only what leads to the one of a primary. `GatewayOnly`: the east-west gateway beside an Istio
   * that is there. Left out: `Primary`.
   */
  readonly role?: 'Primary' | 'Remote' | 'GatewayOnly' | undefined;
  /** Left out: the one without a name. */
  readonly revision?: string | undefined;
  /** istiod serves other clusters too. */
  readonly servesRemotes?: boolean | undefined;
  /** Only where the mesh spans networks or istiod serves other clusters. */
  readonly gateway?: EastWestGateway | undefined;
  /** How networks are reached whose gateways do not state their addresses (mesh-networks.ts). */
  readonly meshNetworks?: JsonObject | undefined;
  /** MeshConfig's serviceSettings that follow from MeshServices; those of `settings` come after them. */
  readonly serviceSettings?: readonly JsonObject[] | undefined;
  /** Merged over what Isthmus sets, later ones over earlier ones: those of the mesh, then those of the cluster. */
  readonly settings: readonly IstioSettings[];
}

/**
 * The IstioOperator document for one cluster: base, istiod (for a remote, what leads to one) and, where asked for, the
 * east-west gateway.
 *
 * One document renders both in one run of istioctl, which takes as long as either alone. Everything about the gateway
 * but its name and labels is given as Helm values and not under `k8s`: istioctl lays `k8s` over the rendered objects
 * last (operator/pkg/render/postprocess.go), so a user's values could not change it.
 */
export function istioOperator(plane: ControlPlane, sparesSince = sparesRemoteSecretsSince): JsonObject {
  return operatorDocument(plane, {
    name: `isthmus-${plane.cluster}`,
    profile: profiles[plane.role ?? 'Primary'],
    gateways: plane.gateway === undefined ? undefined : gatewayComponents,
    values: mergeJson(defaultValues(plane), credentialsValues(plane, sparesSince)),
  });
}

/** What a document of the ingress gateway follows from: whom its cluster's istiod serves makes no difference. */
export type IngressPlane = Pick<
  ControlPlane,
  'mesh' | 'cluster' | 'network' | 'trustDomain' | 'version' | 'revision' | 'settings'
>;

/**
 * The IstioOperator document for the ingress gateway alone. All gateways of one document have the same values
 * (manifests/charts/gateways/istio-ingress), and the ports and the network view of the east-west gateway are not for this one.
 */
export function ingressOperator(plane: IngressPlane): JsonObject {
  return operatorDocument(plane, {
    name: `isthmus-${plane.cluster}-ingress`,
    profile: profiles.GatewayOnly,
    gateways: [{ name: ingressGateway, enabled: true, label: { app: ingressGateway, istio: ingressSelector } }],
    values: {
      ...defaultValues({ ...plane, role: 'GatewayOnly' }),
      gateways: {
        'istio-ingressgateway': { injectionTemplate: 'gateway', ports: ingressPorts, secretVolumes: ingressVolumes },
      },
    },
  });
}

/** What one document has of its own. */
interface OperatorParts {
  readonly name: string;
  readonly profile: string;
  readonly gateways: readonly JsonObject[] | undefined;
  /** Under those of the settings. */
  readonly values: JsonObject;
}

function operatorDocument(
  plane: IngressPlane & Pick<ControlPlane, 'serviceSettings'>,
  { name, profile, gateways, values }: OperatorParts,
): JsonObject {
  const meshConfig = plane.settings.reduce<JsonObject>(
    (merged, { meshConfig: over }) => mergeJson(merged, over ?? {}),
    { trustDomain: plane.trustDomain },
  );
  return {
    apiVersion: 'install.istio.io/v1alpha1',
    kind: 'IstioOperator',
    metadata: { name: shortName(name), namespace: istioNamespace },
    spec: {
      profile,
      ...(isDefault(plane) ? {} : { revision: plane.revision }),
      ...(gateways === undefined ? {} : { components: { ingressGateways: gateways } }),
      meshConfig: withServiceSettings(meshConfig, plane.serviceSettings ?? []),
      values: plane.settings.reduce<JsonObject>((merged, { values: over }) => mergeJson(merged, over ?? {}), values),
    },
  };
}

const profiles = { Primary: 'minimal', Remote: 'remote', GatewayOnly: 'empty' } as const;

function isDefault({ revision = defaultRevision }: Pick<ControlPlane, 'revision'>): boolean {
  return revision === defaultRevision;
}

/** Both lists: of two settings for the same host istiod takes the later one, so the user's come last. */
function withServiceSettings(meshConfig: JsonObject, settings: readonly JsonObject[]): JsonObject {
  if (settings.length === 0) return meshConfig;
  const given = Array.isArray(meshConfig.serviceSettings) ? meshConfig.serviceSettings : [];
  return { ...meshConfig, serviceSettings: [...settings, ...given] };
}

const credentialsVariable = 'PILOT_ENABLE_REMOTE_CREDENTIALS_CONTROLLER';
const remoteSecretsSwitch = ['spec', 'values', 'pilot', 'env', credentialsVariable];

/**
 * The first release of each minor version whose istiod runs without the Secrets of the clusters that it reads; none is
 * known. Those before end with a nil dereference at their first remote secret (docs/upstream/istio-remote-credentials.md).
 * An entry here is all that it takes to narrow the readers' rights.
 */
const sparesRemoteSecretsSince: readonly string[] = [];

/**
 * True where the istiod of this IstioOperator document lists the Secrets of the clusters it reads, which is Istio's
 * default. The variable that turns it off (pilot/pkg/features/pilot.go) is set where the version allows it; a user can set
 * it in `spec.istio.values` to either.
 */
export function readsRemoteSecrets(operator: JsonObject): boolean {
  const value = valueAt(operator, remoteSecretsSwitch);
  return value !== 'false' && value !== false;
}

/** An istiod that is there already (`GatewayOnly`) has an environment that nobody here writes. */
function credentialsValues({ role = 'Primary', version }: ControlPlane, sparesSince: readonly string[]): JsonObject {
  if (role !== 'Primary' || !isFixed(version, sparesSince)) return {};
  return { pilot: { env: { [credentialsVariable]: 'false' } } };
}

/** The charts know global.enableReaderRBAC since 1.31; istioctl refuses values that it does not know. */
const readerRbacSince = 31;

function defaultValues(plane: ControlPlane): JsonObject {
  const { mesh, cluster, network, version, gateway, meshNetworks, servesRemotes } = plane;
  return {
    global: {
      meshID: mesh,
      multiCluster: { clusterName: cluster },
      network,
      // The account that other clusters read with is ours (reader.ts), so the chart's wide one is left out.
      ...(isAtLeastMinor(version, readerRbacSince) ? { enableReaderRBAC: false } : {}),
      // istiod then looks into each cluster that it reads whether it is to serve it.
      ...(servesRemotes === true ? { externalIstiod: true } : {}),
      ...(meshNetworks === undefined ? {} : { meshNetworks }),
    },
    ...roleValues(plane),
    ...(gateway === undefined ? {} : { gateways: { 'istio-ingressgateway': gatewayValues(network, gateway) } }),
  };
}

function roleValues(plane: ControlPlane): JsonObject {
  switch (plane.role) {
    case 'Remote':
      return remoteValues(plane);
    case 'GatewayOnly':
      return {};
    default:
      // Without it only objects that carry a revision label are validated: manifests/profiles/default.yaml empties it
      // for `istioctl install`, which makes the default webhook in a step of its own after rendering.
      return { defaultRevision: plane.revision ?? defaultRevision };
  }
}

function remoteValues({ cluster, network }: ControlPlane): JsonObject {
  return {
    // The primary's istiod injects its own cluster and network unless the path says otherwise (pkg/kube/inject).
    istiodRemote: { injectionPath: injectionPath({ cluster, network }) },
    // The profile leaves the mesh configuration out, but istiod takes the trust domain of this cluster's pods from it,
    // and the default one where there is none (pilot/pkg/serviceregistry/kube/controller/multicluster.go).
    pilot: { configMap: true },
  };
}

/** Lists are replaced whole when profiles are merged, so the profile's own entry is repeated. */
const gatewayComponents: readonly JsonObject[] = [
  { name: 'istio-ingressgateway', enabled: false },
  { name: eastWestGateway, enabled: true, label: { app: eastWestGateway, istio: eastWestSelector } },
];

/** With this annotation istiod takes the external addresses of the nodes that it selects; `{}` selects all. */
const nodeSelector = { 'traffic.istio.io/nodeSelector': '{}' };

/** The settings of samples/multicluster/gen-eastwest-gateway.sh, as values. */
function gatewayValues(network: string, { type, annotations, replicas }: EastWestGateway): JsonObject {
  const onNodes = type === 'NodePort';
  return {
    injectionTemplate: 'gateway',
    // Requests that arrive here are meant for this network: istiod then tells the gateway of no other.
    env: { [networkViewVariable]: network },
    ...(onNodes ? { type } : {}),
    // 15021 comes first, because some load balancers check the health of the first port.
    ports: [
      statusPort,
      port('tls', eastWestPort),
      // For clusters whose istiod runs here; nothing listens behind them until such a cluster joins.
      port('tls-istiod', istiodPorts.discovery),
      port('tls-webhook', istiodPorts.webhook),
    ],
    ...(annotations === undefined && !onNodes
      ? {}
      : { serviceAnnotations: { ...(onNodes ? nodeSelector : {}), ...annotations } }),
    ...(replicas === undefined ? {} : { autoscaleEnabled: false, replicaCount: replicas }),
  };
}

function port(name: string, number: number, targetPort = number): JsonObject {
  // The protocol is spelled out because a Service's ports are merged by port and protocol in a server-side apply.
  return { name, port: number, targetPort, protocol: 'TCP' };
}

const statusPort = port('status-port', 15021);

/** Where a Gateway's certificates are found: the Secrets that istioctl's chart mounts, for either renderer. */
const ingressVolumes = ['ingressgateway-certs', 'ingressgateway-ca-certs'].map(
  (name): JsonObject => ({ name, secretName: `istio-${name}`, mountPath: `/etc/istio/${name}` }),
);

/** Those of istioctl's chart, for either renderer: the pod listens where it needs no privilege. */
const ingressPorts = [statusPort, port('http2', 80, 8080), port('https', 443, 8443)];
