import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { meshConfigFields } from '../discovery/values/mesh-config.ts';
import type { KubeObject } from '../objects/object.ts';
import { redactObject } from './redact.ts';
import { canary, guarded, guardedKinds, guardedObject } from './testing/guarded-objects.ts';

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
    args: ['proxy', 'sidecar', '--token', secretText],
    env: [
      { name: 'SECRET_API_KEY', value: secretText },
      { name: 'ISTIO_META_PASSWORD', value: secretText },
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

test('of the roots that istiod gives out it stays known when they were written, and of a proxy when it started', () => {
  const written = {
    manager: canary,
    operation: 'Update',
    time: '2026-11-29T12:18:41Z',
    fieldsV1: { 'f:data': { '.': {}, 'f:root-cert.pem': { canary } }, 'f:metadata': { [canary]: {} } },
  };
  const labelled = { manager: canary, time: '2026-11-29T12:40:00Z', fieldsV1: { 'f:metadata': { [canary]: {} } } };
  const metadata = { name: 'istio-ca-root-cert', namespace: 'istio-system', managedFields: [written, labelled] };
  expect(redactObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata }).metadata.managedFields).toEqual([
    { manager: 'other', time: '2026-11-29T12:18:41Z', fieldsV1: { 'f:data': { '.': {}, 'f:root-cert.pem': {} } } },
  ]);
  const running = { running: { startedAt: '2026-11-29T12:00:00Z', note: canary } };
  const statuses = [
    { name: 'app', state: running },
    { name: 'istio-proxy', ready: true, state: running, imageID: canary },
  ];
  const status = { initContainerStatuses: statuses };
  expect(redactObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, status }).status).toEqual({
    conditions: [],
    initContainerStatuses: [
      { name: 'istio-proxy', ready: true, state: { running: { startedAt: '2026-11-29T12:00:00Z' } } },
    ],
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

test('of the Secret cacerts the certificates are left, in both of its forms', () => {
  const metadata = { name: 'cacerts', namespace: 'istio-system' };
  const kept = {
    'ca-cert.pem': 'QQ==',
    'cert-chain.pem': 'QQ==',
    'root-cert.pem': 'QQ==',
    'tls.crt': 'QQ==',
    'ca.crt': 'QQ==',
  };
  const data = { ...kept, 'ca-key.pem': secretText, 'tls.key': secretText };
  expect(redactObject({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data }).data).toEqual({
    ...kept,
    'ca-key.pem': '(redacted)',
    'tls.key': '(redacted)',
  });
});

test.each(guardedKinds)('of a $kind of $apiVersion nothing is left that nobody reads', (kind) => {
  const whole = guardedObject(kind);
  const left = redactObject(whole);
  expect(JSON.stringify(left)).not.toContain(canary);
  expect(left.metadata).toMatchObject({
    name: 'a',
    labels: { app: 'web' },
    ownerReferences: [{ kind: 'Job', name: 'j' }],
  });
  expect(JSON.stringify(left).split('kept')).toHaveLength(JSON.stringify(whole).split('kept').length);
});

test('a route keeps what it matches and which headers it sets', () => {
  const rule = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'a' } };
  expect(redactObject({ ...rule, ...guarded['networking.istio.io/v1/VirtualService'] }).spec).toEqual({
    hosts: ['a'],
    http: [
      {
        match: [{ headers: { request: { exact: 'kept' }, 'x-a': { exact: 'kept' } } }],
        headers: { request: { remove: ['c'], set: { authorization: '(redacted)' }, add: { b: '(redacted)' } } },
        route: [{ destination: { host: 'a' }, headers: { response: { set: { cookie: '(redacted)' } } } }],
      },
      { directResponse: { status: 403 } },
    ],
  });
});

test('of the mesh configuration the fields that the model reads are left', () => {
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio' } };
  const { mesh, meshNetworks } = redactObject({ ...config, ...guarded['v1/ConfigMap'] }).data as Record<string, string>;
  expect(parse(mesh ?? '')).toEqual({
    trustDomain: 'a.b',
    defaultConfig: { discoveryAddress: 'istiod.x:15012' },
    defaultTrafficPolicy: { outlierDetection: { minHealthPercent: 5 } },
  });
  expect(parse(meshNetworks ?? '')).toEqual({
    networks: { us: { endpoints: [{ fromRegistry: 'west' }], gateways: [{ address: '1.2.3.4', port: 15443 }] } },
  });
});

test('every field of MeshConfig that the model reads is known', () => {
  const folders = ['discovery', 'predict'].map((name) => join(import.meta.dirname, '..', name));
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) =>
      /(?<!\.test)\.ts$/.test(name) ? [readFileSync(join(folder, name), 'utf8')] : [],
    ),
  );
  const read = files.flatMap((text) =>
    [...text.matchAll(/\b(?:meshConfig|mesh)\.(\w+)\b(?! or)/g)].map(([, name]) => name),
  );
  expect(new Set(read).size).toBeGreaterThan(10);
  expect(read.filter((name) => !(meshConfigFields as readonly unknown[]).includes(name))).toEqual([]);
});

test('of an AuthorizationPolicy everything but values of headers and tokens, and what nobody knows', () => {
  const rule = {
    from: [{ source: { principals: ['a'], notNamespaces: ['b'], secret: 'c' } }],
    to: [{ operation: { paths: ['/x'] } }],
    when: [
      { key: 'request.headers[x-api-key]', values: ['abc', '*'] },
      { key: 'source.namespace', notValues: ['d'] },
    ],
  };
  const policy = {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { action: 'DENY', selector: { matchLabels: { app: 'web' } }, rules: [rule, {}], other: 'e' },
  };
  expect(redactObject(policy).spec).toEqual({
    action: 'DENY',
    selector: { matchLabels: { app: 'web' } },
    rules: [
      {
        from: [{ source: { principals: ['a'], notNamespaces: ['b'] } }],
        to: [{ operation: { paths: ['/x'] } }],
        when: [
          { key: 'request.headers[x-api-key]', values: ['(redacted)', '*'] },
          { key: 'source.namespace', notValues: ['d'] },
        ],
      },
      {},
    ],
  });
});
