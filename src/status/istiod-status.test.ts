import { expect, test } from 'vitest';
import { meshName } from '../api/name.ts';
import { encodeBase64Text } from '../base/base64.ts';
import { createFake } from '../kube/testing/fake.ts';
import type { KubeObject } from '../objects/object.ts';
import { createRoot } from '../pki/authority.ts';
import { readIntermediate } from './istiod-status.ts';

const { crypto } = globalThis;

async function certificate(name: string): Promise<string> {
  return (await createRoot({ mesh: meshName.parse(name) }, { crypto, now: Date.UTC(2026, 10, 21) })).certificate;
}

function secret(name: string, texts: Readonly<Record<string, string>>): KubeObject {
  const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encodeBase64Text(text)]));
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'istio-system' }, data };
}

async function read(signer: 'Alone' | 'Common', ...objects: readonly KubeObject[]) {
  const client = createFake({ cluster: 'west', objects });
  const signal = new AbortController().signal;
  return await readIntermediate({ client, namespace: 'istio-system' }, { signer }, { crypto, signal });
}

test('an istiod that signs alone has the CA that it made where it was given none', async () => {
  const own = secret('istio-ca-secret', { 'ca-cert.pem': await certificate('own') });
  expect(await read('Alone', own)).toMatchObject({ isTheirs: true, notAfter: expect.stringMatching(/^20\d\d-/) });
  expect(await read('Common', own)).toBeUndefined();
  expect(await read('Alone')).toBeUndefined();
});

test('a cacerts counts before it, whole or not', async () => {
  const own = secret('istio-ca-secret', { 'ca-cert.pem': await certificate('own') });
  const given = await certificate('given');
  const whole = secret('cacerts', { 'ca-cert.pem': given, 'root-cert.pem': given });
  const [alone, common] = [await read('Alone', own, whole), await read('Common', own, whole)];
  expect(alone).toEqual(common);
  expect(alone?.rootFingerprint).not.toBe((await read('Alone', own))?.rootFingerprint);
  expect(await read('Alone', own, secret('cacerts', { 'ca-cert.pem': given }))).toBeUndefined();
});
