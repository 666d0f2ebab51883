import type { JsonObject } from '../../src/base/json.ts';
import type { KubeObject } from '../../src/objects/object.ts';

/** The namespace of all of them: with it they go. */
export const namespace = 'bench';

const rbac = 'rbac.authorization.k8s.io/v1';
const istio = 'networking.istio.io/v1';

interface Ingredient {
  /** Of 100 objects. */
  readonly share: number;
  readonly apiVersion: string;
  readonly kind: string;
  /** Everything but apiVersion, kind and metadata. */
  readonly content: (name: string) => JsonObject;
}

const labelled = (name: string): { readonly app: string } => ({ app: name });

/** Kinds as an application's release has them, and two of Istio's. No pod ever runs: every Deployment has 0 replicas. */
const ingredients: readonly Ingredient[] = [
  { share: 25, apiVersion: 'v1', kind: 'ConfigMap', content: (name) => ({ data: settings(name) }) },
  {
    share: 15,
    apiVersion: 'v1',
    kind: 'Secret',
    content: (name) => ({ type: 'Opaque', data: { password: Buffer.from(name.repeat(8)).toString('base64') } }),
  },
  { share: 12, apiVersion: 'v1', kind: 'ServiceAccount', content: () => ({ automountServiceAccountToken: false }) },
  {
    share: 10,
    apiVersion: rbac,
    kind: 'Role',
    content: () => ({ rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }] }),
  },
  {
    share: 10,
    apiVersion: rbac,
    kind: 'RoleBinding',
    content: (name) => ({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    }),
  },
  {
    share: 10,
    apiVersion: 'v1',
    kind: 'Service',
    content: (name) => ({ spec: { selector: labelled(name), ports: [{ name: 'http', port: 80, targetPort: 8080 }] } }),
  },
  { share: 8, apiVersion: 'apps/v1', kind: 'Deployment', content: (name) => ({ spec: deployment(name) }) },
  {
    share: 5,
    apiVersion: istio,
    kind: 'ServiceEntry',
    content: (name) => ({
      spec: {
        hosts: [`${name}.example.com`],
        ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
        resolution: 'DNS',
        location: 'MESH_EXTERNAL',
      },
    }),
  },
  {
    share: 5,
    apiVersion: istio,
    kind: 'DestinationRule',
    content: (name) => ({
      spec: { host: name, trafficPolicy: { connectionPool: { tcp: { maxConnections: 100 } } } },
    }),
  },
];

/** So many objects of mixed kinds, the same ones each time; `count` is a multiple of 100. */
export function mixture(count: number): readonly KubeObject[] {
  return ingredients.flatMap(({ share, apiVersion, kind, content }) =>
    Array.from({ length: (share * count) / 100 }, (_, index) => {
      const name = `app-${index + 1}`;
      return { apiVersion, kind, metadata: { name, namespace, labels: labelled(name) }, ...content(name) };
    }),
  );
}

/** Some 500 bytes. */
function settings(name: string): JsonObject {
  const lines = Array.from({ length: 20 }, (_, line) => `${name}.setting.${line + 1}=on`);
  return { 'app.properties': `${lines.join('\n')}\n` };
}

function deployment(name: string): JsonObject {
  const container = {
    name: 'app',
    image: 'registry.example.com/app:1.0.0',
    ports: [{ name: 'http', containerPort: 8080 }],
    env: [{ name: 'NAME', value: name }],
    resources: { requests: { cpu: '10m', memory: '16Mi' } },
  };
  return {
    replicas: 0,
    selector: { matchLabels: labelled(name) },
    template: { metadata: { labels: labelled(name) }, spec: { serviceAccountName: name, containers: [container] } },
  };
}
