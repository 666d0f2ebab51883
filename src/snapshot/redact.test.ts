import { expect, test } from 'vitest';
import type { KubeObject } from '../objects/object.ts';
import { redactObject } from './redact.ts';

const secretText = 'c2VjcmV0LXZhbHVl';

function pod(containers: readonly object[]): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-1',
      namespace: 'shop',
      labels: { app: 'web' },
      annotations: { 'proxy.istio.io/overrides': `{"env":"${secretText}"}` },
      managedFields: [{ manager: 'kubectl' }],
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-abc' }],
    },
    spec: { nodeName: 'node-1', volumes: [{ name: secretText }], containers: containers as never, initContainers: [] },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      conditions: [{ type: 'Ready', status: 'True', message: secretText }],
    },
  };
}

test('of a pod nothing is left that a prediction does not need', () => {
  const app = {
    name: 'app',
    image: 'x',
    env: [{ name: 'PASSWORD', value: secretText }],
    command: [secretText],
    ports: [{ containerPort: 80 }],
  };
  const proxy = {
    name: 'istio-proxy',
    args: ['proxy', 'sidecar'],
    env: [
      { name: 'ISTIO_META_NETWORK', value: 'us' },
      { name: 'SECRET_TTL', value: '1h0m0s' },
      { name: 'OTHER', value: secretText },
      { name: 'ISTIO_META_POD_NAME', valueFrom: { fieldRef: {} } },
    ],
  };
  const redacted = redactObject(pod([app, proxy]));
  expect(JSON.stringify(redacted)).not.toContain(secretText);
  expect(redacted).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-1',
      namespace: 'shop',
      labels: { app: 'web' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-abc' }],
    },
    spec: {
      nodeName: 'node-1',
      containers: [
        { name: 'app', ports: [{ containerPort: 80 }] },
        {
          name: 'istio-proxy',
          args: ['proxy', 'sidecar'],
          env: [
            { name: 'ISTIO_META_NETWORK', value: 'us' },
            { name: 'SECRET_TTL', value: '1h0m0s' },
          ],
        },
      ],
      initContainers: [],
    },
    status: { phase: 'Running', podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] },
  });
});

test('of a Secret the keys are left', () => {
  const metadata = {
    name: 'istio-remote-secret-east',
    namespace: 'istio-system',
    labels: { 'istio/multiCluster': 'true' },
  };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'Opaque',
    data: { east: secretText },
    stringData: { x: secretText },
  };
  expect(redactObject(secret)).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'Opaque',
    data: { east: '(redacted)' },
  });
});

test('what an annotation repeats of an object is left out, the rest of an Istio object stays', () => {
  const rule: KubeObject = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: {
      name: 'x',
      namespace: 'shop',
      resourceVersion: '7',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': secretText, keep: 'yes' },
    },
    spec: { host: 'x' },
  };
  expect(redactObject(rule)).toEqual({
    ...rule,
    metadata: { name: 'x', namespace: 'shop', annotations: { keep: 'yes' } },
  });
});
