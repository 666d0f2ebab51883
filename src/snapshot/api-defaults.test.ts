import { expect, test } from 'vitest';
import type { KubeObject } from '../objects/object.ts';
import { withApiDefaults } from './api-defaults.ts';

function object(kind: string, rest: object, apiVersion = 'v1'): KubeObject {
  return { apiVersion, kind, metadata: { name: 'web' }, ...rest };
}

test('a Service that a person wrote has protocol, target port and namespace', () => {
  const written = object('Service', {
    spec: { ports: [{ port: 80 }, { port: 81, targetPort: 'http', protocol: 'UDP' }] },
  });
  expect(withApiDefaults(written)).toMatchObject({
    metadata: { namespace: 'default' },
    spec: {
      type: 'ClusterIP',
      ports: [
        { port: 80, protocol: 'TCP', targetPort: 80 },
        { port: 81, protocol: 'UDP', targetPort: 'http' },
      ],
    },
  });
});

test('namespaces have the label of their name, pods an account, and endpoints a protocol', () => {
  const namespace = withApiDefaults(object('Namespace', {}));
  expect(namespace.metadata).toEqual({ name: 'web', labels: { 'kubernetes.io/metadata.name': 'web' } });
  const pod = withApiDefaults(object('Pod', { spec: { containers: [{ ports: [{ containerPort: 1 }] }] } }));
  expect(pod.spec).toMatchObject({ serviceAccountName: 'default', containers: [{ ports: [{ protocol: 'TCP' }] }] });
  const slice = withApiDefaults(object('EndpointSlice', { ports: [{ port: 1 }] }, 'discovery.k8s.io/v1'));
  expect(slice.ports).toEqual([{ name: '', protocol: 'TCP', port: 1 }]);
});

test('what a cluster gave stays as it is', () => {
  const filled = withApiDefaults(object('Service', { spec: { ports: [{ port: 80 }] } }));
  expect(withApiDefaults(filled)).toEqual(filled);
});
