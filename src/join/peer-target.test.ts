import { expect, test } from 'vitest';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { peerTarget } from './peer-target.ts';

const pem = (body: string): string => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
const { signal } = new AbortController();
const server = 'https://rancher.example.org/k8s/clusters/c-1';

/** A cluster that the kubeconfig reaches through something that ends TLS. */
async function apac(): Promise<FakeClient> {
  const client = Object.assign(createFake({ cluster: 'apac' }), { server, certificateAuthority: pem('UFJPWFk=') });
  await client
    .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } })
    .catch(() => undefined);
  const metadata = { name: 'kube-root-ca.crt', namespace: 'kube-system' };
  await client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': pem('T1dO') } });
  return client;
}

test('what is tried is what the remote secret will hold: server and authority', async () => {
  const client = await apac();
  expect(await peerTarget(client, {}, signal)).toEqual({
    cluster: 'apac',
    server,
    certificateAuthority: pem('UFJPWFk='),
  });
  const peerServer = 'https://198.51.100.1:6443';
  expect(await peerTarget(client, { peerServer }, signal)).toEqual({
    cluster: 'apac',
    server: peerServer,
    certificateAuthority: pem('T1dO'),
  });
});
