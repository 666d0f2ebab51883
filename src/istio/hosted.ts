import { isJsonObject, type Json, type JsonObject, mergeJson, valueAt } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { hostedNamespace, istiodName, istiodPorts, istioNamespace } from './names.ts';

/** The Secret from which an istiod takes the cluster that it works for, where that is not the one it runs in. */
export const istiodKubeconfigSecret = 'istio-kubeconfig';
export const istiodKubeconfigKey = 'config';

/** A rendered control plane taken apart: what runs it, and everything else. */
export interface SplitControlPlane {
  /** The Deployment and what scales it. */
  readonly running: readonly KubeObject[];
  /** What stays in the cluster whose control plane it is: configuration, rights, webhooks. */
  readonly staying: readonly KubeObject[];
}

const runningKinds = new Set(['Deployment', 'HorizontalPodAutoscaler', 'PodDisruptionBudget']);

/** Its Service is in neither: in the cluster it becomes one that leads to the hub (istiod-address.ts). */
export function splitControlPlane(rendered: readonly KubeObject[]): SplitControlPlane {
  const ofIstiod = ({ metadata }: KubeObject): boolean =>
    metadata.name === istiodName && metadata.namespace === istioNamespace;
  return {
    running: rendered.filter((object) => ofIstiod(object) && runningKinds.has(object.kind)),
    staying: rendered.filter(
      (object) => !ofIstiod(object) || (!runningKinds.has(object.kind) && object.kind !== 'Service'),
    ),
  };
}

/** How the Service of a hosted istiod is reached from its cluster. */
export interface HostedEntrance {
  readonly type: 'LoadBalancer' | 'NodePort';
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** The objects in the hub that the istiod of another cluster needs before it can run. */
export function hostedObjects(cluster: string, entrance: HostedEntrance): readonly KubeObject[] {
  const namespace = hostedNamespace(cluster);
  const { discovery, webhook } = istiodPorts;
  const port = (name: string, number: number, targetPort = number): JsonObject => ({
    name,
    port: number,
    targetPort,
    protocol: 'TCP',
  });
  const { annotations, type } = entrance;
  const metadata = { name: istiodName, namespace };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: annotations === undefined ? metadata : { ...metadata, annotations },
      spec: {
        type,
        selector: { app: istiodName },
        ports: [
          port('tls-istiod', discovery),
          port('tls-webhook', webhook),
          // A host name as the address of istiod's Service is dialled at the Service's own port, which is this one.
          port('https-webhook', 443, webhook),
        ],
      },
    },
  ];
}

/**
 * The running part of a control plane, in the hub's namespace for it. It takes itself for one in istio-system of the
 * cluster that it works for: there it looks for its configuration and its remote secrets, and its certificate carries
 * the name under which that cluster calls it.
 */
export function hostedControlPlane(cluster: string, running: readonly KubeObject[]): readonly KubeObject[] {
  const namespace = hostedNamespace(cluster);
  return running.map((object) => {
    const moved = { ...object, metadata: { ...object.metadata, namespace } };
    return object.kind === 'Deployment' ? asHosted(moved) : moved;
  });
}

function asHosted(deployment: KubeObject): KubeObject {
  const pod = valueAt(deployment, ['spec', 'template', 'spec']);
  const { containers, volumes } = isJsonObject(pod) ? pod : {};
  const changed: JsonObject = {
    spec: {
      template: {
        spec: { containers: eachOf(containers, withNamespace), volumes: eachOf(volumes, withRequiredKubeconfig) },
      },
    },
  };
  return { ...deployment, ...mergeJson(deployment, changed), metadata: deployment.metadata };
}

function eachOf(list: Json | undefined, change: (item: JsonObject) => JsonObject): Json {
  return Array.isArray(list) ? list.map((item: Json) => (isJsonObject(item) ? change(item) : item)) : [];
}

/** pilot/pkg/bootstrap/options.go takes the namespace that it works in from this variable. */
function withNamespace(container: JsonObject): JsonObject {
  const env = eachOf(container.env, (variable) =>
    variable.name === 'POD_NAMESPACE' ? { name: 'POD_NAMESPACE', value: istioNamespace } : variable,
  );
  return { ...container, env };
}

/** Without it istiod would work for the hub itself, so the pod waits for it. */
function withRequiredKubeconfig(volume: JsonObject): JsonObject {
  const { secret } = volume;
  if (!isJsonObject(secret) || secret.secretName !== istiodKubeconfigSecret) return volume;
  return { ...volume, secret: { ...secret, optional: false } };
}
