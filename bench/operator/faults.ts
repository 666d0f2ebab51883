import { cutLink, healLinks } from '../../lab/src/links.ts';
import { startClusterPart, stopClusterPart } from '../../lab/src/parts.ts';
import type { ConditionType } from '../../src/api/mesh-cluster-status.ts';
import type { Json } from '../../src/base/json.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject, ObjectRef } from '../../src/objects/object.ts';
import { home, remote } from './kept-mesh.ts';

export interface FaultSite {
  readonly home: KubeClient;
  readonly remote: KubeClient;
  /** The name of the lab. */
  readonly lab: string;
}

/** What breaks a mesh of two clusters that the operator may not mend, and the condition that has to tell of it. */
export interface Fault {
  readonly name: string;
  /** `Watched`: an object of the mesh changes. `Asked`: nothing but a request shows it. */
  readonly found: 'Watched' | 'Asked';
  readonly cluster: string;
  readonly type: ConditionType;
  readonly reasons: readonly string[];
  inject(site: FaultSite): Promise<unknown>;
  /** What the operator does not bring back when it may write again. */
  heal?(site: FaultSite): Promise<unknown>;
}

const namespace = 'istio-system';
const secret: ObjectRef = { apiVersion: 'v1', kind: 'Secret', namespace, name: `istio-remote-secret-${remote}` };
const cacerts: ObjectRef = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'cacerts' };
const service: ObjectRef = { apiVersion: 'v1', kind: 'Service', namespace, name: 'istio-eastwestgateway' };
const gateway: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'istio-eastwestgateway' };
const istiod: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'istiod' };
const exposure: ObjectRef = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'Gateway',
  namespace,
  name: 'cross-network-gateway',
};
const denial: KubeObject = {
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: { name: 'fault', namespace },
  spec: {},
};

/** Requests of the home cluster to the other one fail. */
const failing = { found: 'Asked', cluster: home, type: 'DataPath', reasons: ['PairFailing'] } as const;

export const faults: readonly Fault[] = [
  {
    name: 'remote secret deleted',
    ...{ found: 'Watched', cluster: home, type: 'Discovered', reasons: ['PeerNotConfigured', 'PeerNotRead'] },
    inject: async ({ home: client }) => await client.delete(secret),
  },
  {
    name: 'remote secret without its label',
    ...{ found: 'Watched', cluster: home, type: 'Discovered', reasons: ['PeerNotConfigured', 'PeerNotRead'] },
    inject: async ({ home: client }) =>
      await patch(client, `/api/v1/namespaces/${namespace}/secrets/${secret.name}`, {
        metadata: { labels: { 'istio/multiCluster': null } },
      }),
  },
  {
    name: 'gateway scaled to 0',
    ...{ found: 'Watched', cluster: remote, type: 'GatewayReady', reasons: ['GatewayNotReady', 'FindingsFound'] },
    inject: async ({ remote: client }) => await scale(client, gateway, 0),
    heal: async ({ remote: client }) => await scale(client, gateway, 1),
  },
  {
    name: 'gateway Deployment deleted',
    ...{ found: 'Watched', cluster: remote, type: 'GatewayReady', reasons: ['GatewayMissing'] },
    inject: async ({ remote: client }) => await client.delete(gateway),
  },
  {
    name: 'gateway Service deleted',
    ...{ found: 'Watched', cluster: remote, type: 'GatewayReady', reasons: ['GatewayWithoutAddress', 'FindingsFound'] },
    inject: async ({ remote: client }) => await client.delete(service),
  },
  {
    name: 'istiod scaled to 0',
    ...{ found: 'Watched', cluster: remote, type: 'ControlPlaneReady', reasons: ['IstiodNotReady', 'FindingsFound'] },
    inject: async ({ remote: client }) => await scale(client, istiod, 0),
    heal: async ({ remote: client }) => await scale(client, istiod, 1),
  },
  {
    name: 'istiod Deployment deleted',
    ...{ found: 'Watched', cluster: remote, type: 'ControlPlaneReady', reasons: ['IstiodMissing'] },
    inject: async ({ remote: client }) => await client.delete(istiod),
  },
  {
    name: 'cacerts deleted',
    ...{ found: 'Watched', cluster: remote, type: 'TrustReady', reasons: ['NoCertificate'] },
    inject: async ({ remote: client }) => await client.delete(cacerts),
  },
  {
    // Requests are answered over connections that are open until Envoy has drained them; new ones are refused at once.
    name: 'Gateway object deleted',
    ...{ found: 'Asked', cluster: remote, type: 'GatewayReady', reasons: ['GatewayNotReached'] },
    inject: async ({ remote: client }) => await client.delete(exposure),
  },
  {
    name: 'AuthorizationPolicy of the whole mesh denies everything',
    ...failing,
    inject: async ({ remote: client }) => await client.create(denial),
    heal: async ({ remote: client }) => await client.delete({ ...denial, namespace, name: 'fault' }),
  },
  {
    name: 'network between the clusters cut',
    ...failing,
    inject: async ({ lab }) => await cutLink(lab, [home, remote]),
    heal: async ({ lab }) => await healLinks(lab),
  },
  {
    name: 'API server stopped',
    ...{ found: 'Asked', cluster: remote, type: 'Reachable', reasons: ['Unreachable'] },
    inject: async ({ lab }) => await stopClusterPart(lab, remote, 'apiserver'),
    heal: async ({ lab }) => startClusterPart(lab, remote, 'apiserver'),
  },
];

async function scale(client: KubeClient, { name }: ObjectRef, replicas: number): Promise<void> {
  await patch(client, `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, { spec: { replicas } });
}

async function patch(client: KubeClient, path: string, body: Json): Promise<void> {
  await client.raw({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
}
