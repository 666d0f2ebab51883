import { expect, test } from 'vitest';
import { meshCluster } from './mesh-cluster.ts';

/** What is wrong with the spec of a MeshCluster, by its path. */
function problems(spec: object): readonly string[] {
  const document = { apiVersion: 'isthmus.dev/v1alpha1', kind: 'MeshCluster', metadata: { name: 'west' } };
  const result = meshCluster.safeParse({ ...document, spec: { network: 'us', ...spec } });
  return (result.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`);
}

test('a namespace moves to the new revision only where its pods are injected', () => {
  expect(problems({ injectNamespaces: ['sample'], movedNamespaces: ['sample'] })).toEqual([]);
  expect(problems({ injectNamespaces: ['sample'], movedNamespaces: ['sample', 'shop'] })).toEqual([
    'spec.movedNamespaces.1 must be one of injectNamespaces',
  ]);
});

test('a cluster is reached in one way', () => {
  for (const access of [
    {},
    { context: 'kind-west' },
    { kubeconfig: '/etc/west' },
    { kubeconfig: '/etc/west', context: 'admin' },
    { secret: 'west-kubeconfig' },
    { inCluster: {} },
  ]) {
    expect(problems({ access })).toEqual([]);
  }
  const message = 'spec.access must be one of a kubeconfig (context, kubeconfig), secret and inCluster';
  expect(problems({ access: { secret: 'west', context: 'west' } })).toEqual([message]);
  expect(problems({ access: { secret: 'west', inCluster: {} } })).toEqual([message]);
  expect(problems({ access: { kubeconfig: '/etc/west', inCluster: {} } })).toEqual([message]);
  expect(problems({ access: { secret: 'kube-system/west' } })).toEqual([
    'spec.access.secret must be the name of a Secret: a-z, 0-9, "-" and "."',
  ]);
});

test('a cluster without an istiod of its own has neither a version, an Istio to adopt nor a revision', () => {
  const istio = { version: '1.30', renderer: 'Installed', revision: 'green' };
  expect(problems({ istio })).toEqual([]);
  expect(problems({ istio, controlPlane: { remoteOf: 'east' } })).toEqual([
    'spec.istio.version must be left out where istiod runs in another cluster',
    'spec.istio.renderer must be left out where istiod runs in another cluster',
    'spec.istio.revision must be left out where istiod runs in another cluster',
  ]);
});

test('a cluster may have a name of 63 characters, and its network any value of a label', () => {
  const name = 'cn-shop-prod-331513-europe-central2-a-shop-cluster';
  const named = (text: string): boolean =>
    meshCluster.safeParse({
      apiVersion: 'isthmus.dev/v1alpha1',
      kind: 'MeshCluster',
      metadata: { name: text },
      spec: { network: 'us' },
    }).success;
  expect([name, 'a'.repeat(63), 'a'.repeat(64), 'Kubernetes', ''].map(named)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  for (const network of ['shop-prod-331513-default', 'AWS_us-east-1', 'network.1', 'N'])
    expect(problems({ network })).toEqual([]);
  for (const network of ['', '-us', 'us.', 'a b', 'a'.repeat(64)]) expect(problems({ network })).not.toEqual([]);
});

test('addresses by reading network come on top of those for all others, once for each network', () => {
  const eu = { network: 'eu', addresses: ['10.9.0.7'] };
  expect(problems({ gateway: { addresses: ['203.0.113.7'], addressesByNetwork: [eu] } })).toEqual([]);
  expect(problems({ gateway: { addressesByNetwork: [eu] } })).toEqual([
    'spec.gateway.addressesByNetwork needs addresses too, for the networks that it does not name',
  ]);
  expect(problems({ gateway: { addresses: ['203.0.113.7'], addressesByNetwork: [eu, eu] } })).toEqual([
    'spec.gateway.addressesByNetwork.1.network must name each network once',
  ]);
});

test('the authority for peers is certificates and nothing else: no key is handed on', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n';
  expect(problems({ peerCertificateAuthority: pem + pem })).toEqual([]);
  for (const text of ['', '/etc/ca.pem', `${pem}-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n`]) {
    expect(problems({ peerCertificateAuthority: text })).toEqual([
      'spec.peerCertificateAuthority must be certificates in PEM form and nothing else',
    ]);
  }
});

test('the address for peers holds no user name: it would be shown, and stand in Secrets of every peer', () => {
  expect(problems({ peerServer: 'https://ann:hunter2@198.51.100.1:6443' })).toEqual([
    expect.stringContaining('must have no user name or password'),
  ]);
  expect(problems({ peerServer: 'https://198.51.100.1:6443' })).toEqual([]);
});

test('an ingress gateway is asked for by an object without fields', () => {
  expect(problems({ ingress: {} })).toEqual([]);
  expect(problems({ ingress: { replicas: 2 } })).toEqual(['spec.ingress Unrecognized key: "replicas"']);
  expect(problems({ ingress: true })).toHaveLength(1);
});
