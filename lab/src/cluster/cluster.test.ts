import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { kubeconfig } from './kubeconfig.ts';
import { makePki } from './pki.ts';

const now = new Date('2026-03-01T12:00:00Z');

describe('keys of a cluster', () => {
  test('certificates are signed by the cluster itself and say who they are for', async () => {
    const pki = await makePki({ cluster: 'west', nodeName: 'west-node', addresses: ['198.19.0.1', '10.96.0.1'], now });
    const authority = new X509Certificate(pki.authority.certificate);
    const server = new X509Certificate(pki.apiServer.certificate);
    const kubelet = new X509Certificate(pki.clients.kubelet.certificate);
    expect(authority.ca).toBe(true);
    expect([server, kubelet].map((leaf) => leaf.verify(authority.publicKey))).toEqual([true, true]);
    expect(server.checkIP('198.19.0.1')).toBe('198.19.0.1');
    expect(server.checkIP('198.19.0.2')).toBeUndefined();
    expect(server.checkHost('kubernetes.default.svc')).toBe('kubernetes.default.svc');
    expect(kubelet.subject.split('\n').sort()).toEqual(['CN=system:node:west-node', 'O=system:nodes']);
  });

  test('two clusters share no authority', async () => {
    const request = { cluster: 'west', nodeName: 'n', addresses: [], now };
    const [first, second] = [await makePki(request), await makePki(request)];
    const authority = new X509Certificate(first.authority.certificate);
    expect(new X509Certificate(second.apiServer.certificate).verify(authority.publicKey)).toBe(false);
  });
});

test('a kubeconfig has one context for each cluster, the first one current', () => {
  const client = { key: 'KEY', certificate: 'CERT' };
  const entries = ['west', 'east'].map((name) => ({ name, server: `https://${name}:6443`, authority: 'CA', client }));
  const document = JSON.parse(kubeconfig(entries));
  expect(document['current-context']).toBe('west');
  expect(document.contexts).toEqual([
    { name: 'west', context: { cluster: 'west', user: 'west' } },
    { name: 'east', context: { cluster: 'east', user: 'east' } },
  ]);
  expect(document.clusters[1].cluster.server).toBe('https://east:6443');
});
