/** A client in a cluster, the pods of the service `hello-CLUSTER`, and the services `hello-NAME` of all clusters. */
export function sampleManifest(cluster: string, all: readonly string[]): string {
  const hello = helloContainer(cluster);
  const services = all.map((name) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `hello-${name}` },
    spec: { selector: { app: `hello-${name}` }, ports: [{ name: 'http', port: 5000 }] },
  }));
  const client = { name: 'client', image: 'isthmus.invalid/lab-client:1' };
  const items = [...services, deployment('client', client), deployment(`hello-${cluster}`, hello)];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

/** A server that says which cluster it is in. */
export function helloContainer(cluster: string): object {
  return {
    name: 'hello',
    image: 'isthmus.invalid/lab-helloworld:1',
    env: [
      { name: 'VERSION', value: cluster },
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ],
    ports: [{ name: 'http', containerPort: 5000 }],
    readinessProbe: { httpGet: { path: '/health', port: 'http' }, periodSeconds: 2 },
  };
}

export function deployment(app: string, container: object): object {
  const labels = { app };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}
