import type { JsonObject } from '../../base/json.ts';
import type { KindRef, KubeObject } from '../../objects/object.ts';
import { readKinds } from '../kinds.ts';

/** A text that must not come out of a snapshot, wherever it stands. */
export const canary = 'CANARY';

/** Every kind of which a snapshot holds objects. */
export const guardedKinds: readonly KindRef[] = [
  ...readKinds,
  { apiVersion: 'v1', kind: 'Secret' },
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
];

/** An object of a kind in which every text that is written as CANARY must not come out. */
export const guarded: Readonly<Record<string, JsonObject>> = {
  'v1/Namespace': { spec: { finalizers: [canary] }, status: { conditions: [{ message: canary }] } },
  'v1/Node': { spec: { providerID: canary }, status: { addresses: [{ address: '10.0.0.1' }], nodeInfo: canary } },
  'v1/Pod': {
    spec: {
      containers: [
        {
          name: 'a',
          image: canary,
          env: [{ name: 'A', value: canary }],
          ports: [{ containerPort: 1, hostIP: canary }],
        },
        { name: 'istio-proxy', args: ['router', '--token', canary], env: [{ name: 'SECRET_API_KEY', value: canary }] },
      ],
    },
    status: { phase: 'Running', message: canary },
  },
  'v1/Service': { spec: { type: 'ClusterIP' }, status: { conditions: [{ message: canary }] } },
  'v1/Secret': { type: 'Opaque', data: { east: canary }, stringData: { east: canary } },
  'v1/ConfigMap': {
    data: {
      mesh: `trustDomain: a.b
defaultConfig:
  discoveryAddress: istiod.x:15012
  proxyMetadata: {KEY: ${canary}}
  tracing: {lightstep: {address: "a:1", accessToken: ${canary}}}
defaultTrafficPolicy: {outlierDetection: {minHealthPercent: 5}, tls: {privateKey: ${canary}}}
extensionProviders: [{name: o, opentelemetry: {http: {headers: [{name: a, value: ${canary}}]}}}]
`,
      meshNetworks: `networks: {us: {endpoints: [{fromRegistry: west, x: ${canary}}], gateways: [{address: 1.2.3.4, port: 15443}]}}`,
      values: canary,
      'root-cert.pem': canary,
    },
    binaryData: { a: canary },
  },
  'discovery.k8s.io/v1/EndpointSlice': {
    addressType: 'IPv4',
    ports: [{ port: 80 }],
    endpoints: [{ addresses: ['10.0.0.1'], deprecatedTopology: { a: canary } }],
  },
  'networking.istio.io/v1/VirtualService': {
    spec: {
      hosts: ['a'],
      http: [
        {
          match: [{ headers: { request: { exact: 'kept' }, 'x-a': { exact: 'kept' } } }],
          headers: { request: { set: { authorization: canary }, add: { b: canary }, remove: ['c'] } },
          route: [{ destination: { host: 'a' }, headers: { response: { set: { cookie: canary } } } }],
        },
        { directResponse: { status: 403, body: { string: canary } } },
      ],
    },
    status: {
      validationMessages: [{ description: canary }],
      conditions: [{ type: 'A', status: 'True', message: canary }],
    },
  },
  'security.istio.io/v1/AuthorizationPolicy': {
    spec: {
      action: 'DENY',
      rules: [{ from: [{ source: { principals: ['kept'], note: canary } }], note: canary }],
      note: canary,
    },
    status: { note: canary },
  },
  'gateway.networking.k8s.io/v1/Gateway': {
    spec: { gatewayClassName: 'istio', listeners: [], infrastructure: { annotations: { a: canary } } },
    status: { listeners: [{ conditions: [{ message: canary }] }] },
  },
  'apps/v1/Deployment': {
    spec: {
      replicas: 1,
      template: { metadata: { annotations: { a: canary } }, spec: { containers: [{ args: [canary] }] } },
    },
  },
};

/** An object of a kind with the text in every place where somebody may write something. */
export function guardedObject({ apiVersion, kind }: KindRef, named: Partial<KubeObject['metadata']> = {}): KubeObject {
  const annotations = {
    'kapp.k14s.io/original': canary,
    'objectset.rio.cattle.io/applied': canary,
    'getambassador.io/config': canary,
    'networking.istio.io/exportTo': '.',
  };
  const metadata = {
    ...{ name: 'a', namespace: 'b', labels: { app: 'web' }, annotations, managedFields: [{ manager: canary }] },
    ...{ finalizers: [canary], generateName: canary, ownerReferences: [{ kind: 'Job', name: 'j', note: canary }] },
    ...named,
  };
  const more = guarded[`${apiVersion}/${kind}`] ?? { spec: { host: 'kept' }, status: { note: canary } };
  return { ...more, apiVersion, kind, metadata, note: canary };
}
