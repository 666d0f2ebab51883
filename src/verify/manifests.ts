import type { Json, JsonObject } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { managedByLabel, managedByValue, meshLabel } from '../objects/ownership.ts';
import { containerOfProbe } from '../probe/container.ts';
import type { LoadPlan } from '../probe/load-protocol.ts';
import { type ProbeTarget, serverPort, servicePort, sidecarContainer } from '../probe/protocol.ts';
import { onlyService, sharedService } from './checks.ts';
import { clientAccount, serverAccount } from './identity.ts';

/** Marks the namespaces of verify. */
export const purposeLabel = 'isthmus.dev/purpose';
export const purposeValue = 'verify';
/** When a namespace of verify may be deleted by anybody, RFC 3339. */
export const expiresAnnotation = 'isthmus.dev/expires';

/** The labels that the Services select server pods by. */
export const roleLabel = 'isthmus.dev/probe';
export const clusterLabel = 'isthmus.dev/probe-cluster';

/** What the sidecar of a probe asks for. */
export const smallSidecar = { 'sidecar.istio.io/proxyCPU': '10m', 'sidecar.istio.io/proxyMemory': '64Mi' } as const;
export const excludedPortsAnnotation = 'traffic.sidecar.istio.io/excludeOutboundPorts';
/** The client dials endpoints past its sidecar to find the failing hop; its requests go to port 80. */
export const dialledPorts = `15443,${serverPort}`;

/** What the objects of one cluster depend on. */
export interface ProbeSpec {
  readonly mesh: string;
  readonly namespace: string;
  readonly cluster: string;
  /** All clusters of the run: DNS is per cluster, so every cluster has the Services of all. */
  readonly clusters: readonly string[];
  readonly image: string;
  /** What the image's entrypoint is given before `server` or `client`. */
  readonly args: readonly string[];
  readonly injectionLabels: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly expires: string;
  /** Seconds until the client stops trying, and until the namespace deletes itself. */
  readonly clientSeconds: number;
  readonly lifetimeSeconds: number;
}

export function namespaceOf(spec: ProbeSpec): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: spec.namespace,
      labels: { ...labelsOf(spec), ...spec.injectionLabels },
      annotations: { [expiresAnnotation]: spec.expires },
    },
  };
}

/** What must exist before the pods: accounts, Services and the right of the server to delete its own namespace. */
export function supportOf(spec: ProbeSpec): KubeObject[] {
  const account = serverAccount(spec.cluster);
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metaOf(spec, account) },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metaOf(spec, clientAccount(spec.cluster)) },
    ...spec.clusters.map((cluster) => serviceOf(spec, onlyService(cluster), { [clusterLabel]: cluster })),
    serviceOf(spec, sharedService, {}),
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: metaOf(spec, 'delete-own-namespace'),
      rules: [{ apiGroups: [''], resources: ['namespaces'], resourceNames: [spec.namespace], verbs: ['delete'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: metaOf(spec, 'delete-own-namespace'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'delete-own-namespace' },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: spec.namespace }],
    },
  ];
}

export function serverPodOf(spec: ProbeSpec): KubeObject {
  const name = serverAccount(spec.cluster);
  const { cluster, namespace, lifetimeSeconds } = spec;
  return podOf(spec, {
    name,
    role: 'server',
    plan: { cluster, namespace, pod: name, port: serverPort, lifetimeSeconds },
    deadlineSeconds: lifetimeSeconds + 300,
    // The way to the API server must not depend on the mesh that may be broken.
    excludedPorts: '443,6443',
    token: true,
  });
}

export function clientPodOf(spec: ProbeSpec, targets: readonly ProbeTarget[]): KubeObject {
  const { cluster, namespace } = spec;
  return podOf(spec, {
    name: clientAccount(cluster),
    role: 'client',
    plan: { cluster, namespace, lifetimeSeconds: spec.clientSeconds, targets },
    deadlineSeconds: spec.clientSeconds + 30,
    excludedPorts: dialledPorts,
    token: false,
  });
}

/** A client that sends so many requests a second to the service that all clusters have. */
export function loadPodOf(spec: ProbeSpec, perSecond: number): KubeObject {
  const { cluster, clientSeconds } = spec;
  const plan: LoadPlan = {
    cluster,
    service: sharedService,
    port: servicePort,
    perSecond,
    lifetimeSeconds: clientSeconds,
  };
  return podOf(spec, {
    name: clientAccount(cluster),
    role: 'load',
    plan,
    deadlineSeconds: clientSeconds + 30,
    excludedPorts: dialledPorts,
    token: false,
  });
}

/** True where the pod got its sidecar when it was created; a native sidecar is an init container. */
export function hasSidecar(pod: KubeObject): boolean {
  const spec = pod.spec as JsonObject | undefined;
  return [spec?.containers, spec?.initContainers]
    .flatMap((list) => (Array.isArray(list) ? (list as readonly Json[]) : []))
    .some((container) => (container as JsonObject).name === sidecarContainer);
}

function labelsOf(spec: ProbeSpec): Record<string, string> {
  return { [managedByLabel]: managedByValue, [meshLabel]: spec.mesh, [purposeLabel]: purposeValue };
}

function metaOf(spec: ProbeSpec, name: string): KubeObject['metadata'] {
  return { name, namespace: spec.namespace, labels: labelsOf(spec) };
}

function serviceOf(spec: ProbeSpec, name: string, selector: Readonly<Record<string, string>>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metaOf(spec, name),
    spec: serviceSpec(selector),
  };
}

/** A Service of the servers among the probes that have these labels too. */
export function serviceSpec(selector: Readonly<Record<string, string>>): JsonObject {
  return {
    selector: { [roleLabel]: 'server', ...selector },
    ports: [{ name: 'http', port: servicePort, targetPort: serverPort, protocol: 'TCP', appProtocol: 'http' }],
  };
}

interface PodParts {
  readonly name: string;
  readonly role: 'server' | 'client' | 'load';
  readonly plan: JsonObject;
  readonly deadlineSeconds: number;
  readonly excludedPorts: string;
  /** Whether the pod gets a token for the API server. */
  readonly token: boolean;
}

function podOf(spec: ProbeSpec, parts: PodParts): KubeObject {
  const meta = metaOf(spec, parts.name);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...meta,
      labels: { ...meta.labels, app: parts.name, [roleLabel]: parts.role, [clusterLabel]: spec.cluster },
      annotations: {
        ...smallSidecar,
        'readiness.status.sidecar.istio.io/initialDelaySeconds': '0',
        'readiness.status.sidecar.istio.io/periodSeconds': '1',
        [excludedPortsAnnotation]: parts.excludedPorts,
      },
    },
    spec: {
      serviceAccountName: parts.name,
      automountServiceAccountToken: parts.token,
      restartPolicy: 'Never',
      activeDeadlineSeconds: parts.deadlineSeconds,
      terminationGracePeriodSeconds: 1,
      enableServiceLinks: false,
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      containers: [containerOf(spec, parts)],
    },
  };
}

function containerOf(spec: ProbeSpec, { role, plan }: PodParts): JsonObject {
  const container = containerOfProbe({ image: spec.image, args: [...spec.args, role], plan });
  return role === 'server' ? { ...container, ports: [{ name: 'http', containerPort: serverPort }] } : container;
}
