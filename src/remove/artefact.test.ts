import { describe, expect, test } from 'vitest';
import { isInstalledIstio, isIstiod, isIstiodOutput, isIstioWebhook } from './artefact.ts';
import { object } from './fake-cluster.ts';
import { sortFinalizers } from './finalizer.ts';

const none: ReadonlySet<string> = new Set();

test.each([
  ['v1/ConfigMap shop/istio-ca-root-cert', true],
  ['v1/ConfigMap shop/istio-ca-crl', true],
  ['v1/ConfigMap istio-system/istio-leader', true],
  ['v1/ConfigMap istio-system/istio-namespace-controller-election', true],
  ['coordination.k8s.io/v1/Lease istio-system/istio-gateway-status-leader-default', true],
  ['coordination.k8s.io/v1/Lease istio-system/istio-gateway-deployment-default', true],
  ['v1/Secret istio-system/istio-ca-secret', true],
  ['gateway.networking.k8s.io/v1/GatewayClass istio-remote', true],
  ['certificates.k8s.io/v1beta1/ClusterTrustBundle istio.io:istiod-ca:root', true],
  ['v1/ConfigMap istio-system/istio-leaderboard', false],
  ['v1/ConfigMap shop/leader', false],
  ['v1/Secret shop/cacerts', false],
  ['v1/Secret cert-manager/istio-ca-secret', false],
  ['v1/ConfigMap newsroom/istio-presidential-election-results', false],
  ['coordination.k8s.io/v1/Lease prod/istio-my-leader', false],
  ['gateway.networking.k8s.io/v1/GatewayClass mine', false],
])('%s is written by istiod itself: %s', (text, expected) => {
  expect(isIstiodOutput(object(text), (namespace) => namespace === 'istio-system')).toBe(expected);
});

test.each([
  ['admissionregistration.k8s.io/v1/MutatingWebhookConfiguration istio-sidecar-injector-1-30', true],
  ['admissionregistration.k8s.io/v1/MutatingWebhookConfiguration istio-revision-tag-prod', true],
  ['admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration istiod-default-validator', true],
  ['admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration kyverno', false],
  ['v1/ConfigMap istio-system/istio-sidecar-injector', false],
])('%s is a webhook of Istio: %s', (text, expected) => {
  expect(isIstioWebhook(object(text))).toBe(expected);
});

test('an istiod is known by its name or its label, of any revision', () => {
  expect(isIstiod(object('apps/v1/Deployment istio-system/istiod-1-30'))).toBe(true);
  expect(isIstiod(object('apps/v1/Deployment mesh/pilot', { metadata: { labels: { app: 'istiod' } } }))).toBe(true);
  expect(isIstiod(object('apps/v1/Deployment shop/istiodyssey'))).toBe(false);
  expect(isIstiod(object('apps/v1/Deployment istiod-east/istiod'))).toBe(true);
  expect(isIstiod(object('apps/v1/Deployment tools/istiod-dashboard'))).toBe(false);
});

describe('an installed Istio', () => {
  const labelled = (text: string, labels: Record<string, string>): boolean =>
    isInstalledIstio(object(text, { metadata: { labels } }), none);

  test('is known by the labels of istioctl, of its operator and of the charts, in any namespace', () => {
    expect(labelled('apps/v1/Deployment edge/gateway', { 'operator.istio.io/component': 'IngressGateways' })).toBe(
      true,
    );
    expect(labelled('v1/Service edge/gateway', { 'app.kubernetes.io/part-of': 'istio' })).toBe(true);
    expect(labelled('v1/Service edge/gateway', { 'app.kubernetes.io/part-of': 'shop' })).toBe(false);
    // Namespaces and pods of users carry this one, to be injected by a revision.
    expect(labelled('apps/v1/Deployment shop/cart', { 'istio.io/rev': '1-30' })).toBe(false);
  });

  test("has configuration in its own namespace; elsewhere it is the users'", () => {
    const policy = 'security.istio.io/v1/PeerAuthentication';
    expect(isInstalledIstio(object(`${policy} istio-system/default`), none)).toBe(true);
    expect(isInstalledIstio(object(`${policy} shop/default`), none)).toBe(false);
    expect(isInstalledIstio(object('install.istio.io/v1alpha1/IstioOperator shop/mine'), none)).toBe(true);
  });

  test('has roles that go by its names, and others may go by similar ones', () => {
    const role = (name: string): boolean =>
      isInstalledIstio(object(`rbac.authorization.k8s.io/v1/ClusterRole ${name}`), none);
    expect(
      ['istiod-clusterrole-1-29-istio-system', 'istio-reader-istio-system', 'istio-cni-repair-role'].every(role),
    ).toBe(true);
    expect(['istiod-gateway-controller-istio-system', 'istio-reader-clusterrole-istio-system'].every(role)).toBe(true);
    expect(['istiod-auditors', 'istio-readers', 'istiod'].some(role)).toBe(false);
  });

  test('leaves what others put into its namespace alone', () => {
    expect(labelled('apps/v1/Deployment istio-system/kiali', { app: 'kiali' })).toBe(false);
    expect(labelled('apps/v1/Deployment istio-system/prometheus', { 'app.kubernetes.io/part-of': 'prometheus' })).toBe(
      false,
    );
  });

  test('has Helm releases, which are known by the objects that name them', () => {
    const release = object('v1/Secret istio-system/sh.helm.release.v1.istiod.v1', {
      metadata: { labels: { owner: 'helm', name: 'istiod' } },
    });
    expect(isInstalledIstio(release, new Set(['istio-system/istiod']))).toBe(true);
    expect(isInstalledIstio(release, new Set(['istio-system/kiali']))).toBe(false);
  });
});

test('only finalizers that Istio or Isthmus sets may be taken off', () => {
  const held = object('v1/ConfigMap shop/a', {
    metadata: {
      finalizers: [
        'istio-finalizer.install.istio.io',
        'isthmus.dev/peer',
        'operator.isthmus.dev/x',
        'example.com/isthmus.dev',
        'foregroundDeletion',
      ],
    },
  });
  expect(sortFinalizers(held)).toEqual({
    strippable: ['istio-finalizer.install.istio.io', 'isthmus.dev/peer', 'operator.isthmus.dev/x'],
    foreign: ['example.com/isthmus.dev', 'foregroundDeletion'],
  });
});
