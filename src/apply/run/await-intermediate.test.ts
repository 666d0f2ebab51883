import { connect } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clusterName, meshName } from '../../api/name.ts';
import { encodeBase64Text } from '../../base/base64.ts';
import { IsthmusError } from '../../base/error.ts';
import { systemClock } from '../../base/system-clock.ts';
import type { RawRequest } from '../../kube/client.ts';
import { createFake, type FakeClient } from '../../kube/testing/fake.ts';
import type { KubeObject } from '../../objects/object.ts';
import { createIntermediate, createIssuer, createRoot, type Intermediate, type Issuer } from '../../pki/authority.ts';
import { caCertsTexts } from '../../pki/bundle.ts';
import { awaitIntermediate } from './await-intermediate.ts';
import type { Wait } from './await-ready.ts';

const { crypto } = globalThis;
const environment = { crypto, now: Date.now() };
const mesh = meshName.parse('shop');
const signed = { mesh, trustDomain: 'cluster.local', lifetime: '24h' };

let before: Intermediate;
let wanted: Intermediate;
let foreign: Intermediate;
beforeAll(async () => {
  const [issuer, other] = await Promise.all([issuerOf(), issuerOf()]);
  const cluster = clusterName.parse('west');
  before = await createIntermediate(issuer, { ...signed, cluster }, environment);
  wanted = await createIntermediate(issuer, { ...signed, cluster }, environment);
  foreign = await createIntermediate(other, { ...signed, cluster }, environment);
});

async function issuerOf(): Promise<Issuer> {
  return await createIssuer(await createRoot({ mesh }, environment), signed, environment);
}

/** What an istiod that signs with an intermediate presents. */
async function presentedWith(intermediate: Intermediate): Promise<{ readonly cert: string; readonly key: string }> {
  const { certificate, privateKey, root, issuer } = intermediate;
  const own = await createIntermediate(
    { certificate, privateKey, root },
    { ...signed, cluster: clusterName.parse('istiod') },
    environment,
  );
  return { cert: own.certificate + certificate + issuer, key: own.privateKey.toPem() };
}

function caCerts(): KubeObject {
  const data = Object.entries(caCertsTexts(wanted)).map(([key, text]) => [key, encodeBase64Text(text)] as const);
  const metadata = { name: 'cacerts', namespace: 'istio-system' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: Object.fromEntries(data) };
}

const metadata = { name: 'istiod-1', namespace: 'istio-system', labels: { app: 'istiod' } };
const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec: { containers: [{ name: 'discovery', env: [{ name: 'PILOT_CERT_PROVIDER', value: 'istiod' }] }] },
  status: { startTime: '2026-11-21T08:00:00Z', conditions: [{ type: 'Ready', status: 'True' }] },
};
const deployment: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...metadata, name: 'istiod' } };

let istiod: Server;
let said: string[];
beforeEach(() => {
  said = [];
});
afterEach(() => {
  istiod.close();
});

/** A cluster with one istiod, which presents a new certificate after `onPatch` has seen a patch and gives one. */
async function clusterWith(
  first: Intermediate,
  {
    onPatch,
    objects = [pod, deployment],
  }: {
    readonly onPatch?: (request: RawRequest) => Promise<Intermediate | undefined>;
    readonly objects?: readonly KubeObject[];
  } = {},
): Promise<FakeClient> {
  istiod = createServer(await presentedWith(first));
  await new Promise<void>((resolve) => istiod.listen(0, '127.0.0.1', resolve));
  const address = istiod.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return createFake({
    objects,
    forward: () => connect(port, '127.0.0.1'),
    raw: (request) => {
      if (request.method !== 'PATCH') return undefined;
      said.push(request.path);
      void onPatch?.(request).then(async (next) => {
        if (next !== undefined) istiod.setSecureContext(await presentedWith(next));
      });
      return {};
    },
  });
}

function waitOf(client: FakeClient, timeoutMs = 10_000): Wait {
  return {
    client,
    clock: systemClock,
    signal: AbortSignal.timeout(timeoutMs + 1_000),
    limitMs: timeoutMs,
    onWait: (what) => said.push(`waiting: ${what}`),
    onReached: () => said.push('reached'),
  };
}

const annotation = '/api/v1/namespaces/istio-system/pods/istiod-1';

describe('awaitIntermediate', () => {
  test('asks for nothing where istiod signs with it already', async () => {
    await awaitIntermediate(waitOf(await clusterWith(wanted)), caCerts(), crypto);
    expect(said).toEqual([]);
  });

  test('makes the kubelet look at the pod, and ends when istiod presents the new signer', async () => {
    const client = await clusterWith(before, { onPatch: async () => wanted });
    await awaitIntermediate(waitOf(client), caCerts(), crypto);
    expect(said).toEqual([
      annotation,
      'waiting: istiod in istio-system signs with the intermediate in its cacerts',
      'reached',
    ]);
  });

  test('restarts an istiod that signs with a CA of its own, once', async () => {
    const restart = '/apis/apps/v1/namespaces/istio-system/deployments/istiod';
    const client = await clusterWith(foreign, { onPatch: async ({ path }) => (path === restart ? wanted : undefined) });
    await awaitIntermediate(waitOf(client), caCerts(), crypto);
    expect(said.filter((text) => text.startsWith('/'))).toEqual([restart]);
  });

  test('waits on without the right to change pods, and says at the end what it waited for', async () => {
    const client = await clusterWith(before);
    const denied = Object.assign(Object.create(client) as FakeClient, {
      raw: async () => {
        throw new IsthmusError('access-denied', 'no patch of pods');
      },
    });
    await expect(awaitIntermediate(waitOf(denied, 400), caCerts(), crypto)).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('istiod-1 signs with another one'),
    });
  });

  test('an istiod whose certificate is of another owner is not waited for, and none at all is', async () => {
    const container = { name: 'discovery', env: [{ name: 'PILOT_CERT_PROVIDER', value: 'kubernetes' }] };
    const other = { ...pod, spec: { containers: [container] } };
    const client = await clusterWith(before, { objects: [other] });
    await awaitIntermediate(waitOf(client), caCerts(), crypto);
    expect(said).toEqual([]);
    istiod.close();
    const none = await clusterWith(before, { objects: [deployment] });
    await expect(awaitIntermediate(waitOf(none, 300), caCerts(), crypto)).rejects.toThrow('no istiod is ready');
  });
});
