import { expect, test } from 'vitest';
import { type JsonObject, valueAt } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { hostedControlPlane, hostedObjects, splitControlPlane } from './hosted.ts';

function rendered(kind: string, name = 'istiod', spec: JsonObject = {}): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'istio-system' }, spec };
}

const deployment = rendered('Deployment', 'istiod', {
  replicas: 1,
  template: {
    spec: {
      containers: [
        {
          name: 'discovery',
          env: [
            { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
          ],
        },
      ],
      volumes: [
        { name: 'cacerts', secret: { secretName: 'cacerts', optional: true } },
        { name: 'istio-kubeconfig', secret: { secretName: 'istio-kubeconfig', optional: true } },
      ],
    },
  },
});

test('what runs istiod goes to the hub, its Service nowhere, and everything else stays', () => {
  const staying = [rendered('ServiceAccount'), rendered('ConfigMap', 'istio'), rendered('Deployment', 'gateway')];
  const running = [deployment, rendered('HorizontalPodAutoscaler')];
  expect(splitControlPlane([...running, rendered('Service'), ...staying])).toEqual({ running, staying });
});

test('a hosted istiod works in istio-system of its cluster, and never without the way there', () => {
  const [hosted, scaler] = hostedControlPlane('edge', [deployment, rendered('HorizontalPodAutoscaler')]);
  expect(hosted?.metadata.namespace).toBe('istiod-edge');
  expect(scaler?.metadata.namespace).toBe('istiod-edge');
  expect(valueAt(hosted, ['spec', 'replicas'])).toBe(1);
  const pod = valueAt(hosted, ['spec', 'template', 'spec']);
  expect(pod).toMatchObject({
    containers: [
      {
        name: 'discovery',
        env: [{ name: 'POD_NAME' }, { name: 'POD_NAMESPACE', value: 'istio-system' }],
      },
    ],
    volumes: [
      { secret: { secretName: 'cacerts', optional: true } },
      { secret: { secretName: 'istio-kubeconfig', optional: false } },
    ],
  });
  expect(JSON.stringify(pod)).not.toContain('metadata.namespace');
});

test('the hub gives it a namespace, an account without rights and a way in', () => {
  const annotations = { 'example.com/load-balancer': 'internal' };
  const objects = hostedObjects('edge', { type: 'LoadBalancer', annotations });
  expect(objects.map(({ kind, metadata: { namespace, name } }) => [kind, namespace, name])).toEqual([
    ['Namespace', undefined, 'istiod-edge'],
    ['ServiceAccount', 'istiod-edge', 'istiod'],
    ['Service', 'istiod-edge', 'istiod'],
  ]);
  expect(objects[2]).toMatchObject({
    metadata: { annotations },
    spec: {
      type: 'LoadBalancer',
      selector: { app: 'istiod' },
      ports: [{ port: 15012 }, { port: 15017 }, { port: 443, targetPort: 15017 }],
    },
  });
});
