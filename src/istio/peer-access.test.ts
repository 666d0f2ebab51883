import { expect, test } from 'vitest';
import { peerAccess } from './peer-access.ts';

const pem = (body: string): string => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
const own = pem('T1dO');
const proxy = pem('UFJP\nWFk=');
const server = 'https://rancher.example.org/k8s/clusters/c-1';

test("behind something that ends TLS peers get the kubeconfig's authority, not the cluster's own", () => {
  expect(peerAccess({}, { server, certificateAuthority: proxy }, own)).toEqual({ server, certificateAuthority: proxy });
  const both = proxy + own;
  expect(peerAccess({}, { server, certificateAuthority: both }, own).certificateAuthority).toBe(both);
});

test("the cluster's own text stays where the kubeconfig has the same certificate, or none", () => {
  for (const certificateAuthority of [own, own.replaceAll('\n', '\r\n'), undefined]) {
    expect(peerAccess({}, { server, certificateAuthority }, own)).toEqual({ server, certificateAuthority: own });
  }
  expect(peerAccess({}, { server, certificateAuthority: own }, proxy + own).certificateAuthority).toBe(proxy + own);
});

test("an address of its own for peers has the cluster's authority, unless the mesh file gives another", () => {
  const peerServer = 'https://198.51.100.1:6443';
  const kubeconfig = { server, certificateAuthority: proxy };
  expect(peerAccess({ peerServer }, kubeconfig, own)).toEqual({ server: peerServer, certificateAuthority: own });
  const peerCertificateAuthority = pem('T1RIRVI=');
  expect(peerAccess({ peerServer, peerCertificateAuthority }, kubeconfig, own)).toEqual({
    server: peerServer,
    certificateAuthority: peerCertificateAuthority,
  });
  expect(peerAccess({ peerCertificateAuthority }, kubeconfig, own)).toEqual({
    server,
    certificateAuthority: peerCertificateAuthority,
  });
});
