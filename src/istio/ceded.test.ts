import { expect, test } from 'vitest';
import { cededPaths } from './ceded.ts';

const apiVersion = 'admissionregistration.k8s.io/v1';
const ca = ['webhooks', '*', 'clientConfig', 'caBundle'];
const policy = ['webhooks', '*', 'failurePolicy'];

test.each([
  ['ValidatingWebhookConfiguration', 'istiod-default-validator', [policy, ca]],
  ['ValidatingWebhookConfiguration', 'istio-validator-istio-system', [policy, ca]],
  ['ValidatingWebhookConfiguration', 'istio-validator-canary-istio-system', [policy, ca]],
  ['ValidatingWebhookConfiguration', 'cert-manager-webhook', []],
  ['MutatingWebhookConfiguration', 'istio-sidecar-injector', [ca]],
  ['MutatingWebhookConfiguration', 'istio-sidecar-injector-canary', [ca]],
  ['MutatingWebhookConfiguration', 'istio-revision-tag-default', [ca]],
  ['MutatingWebhookConfiguration', 'vault-agent-injector', []],
])('%s %s', (kind, name, paths) => {
  expect(cededPaths({ apiVersion, kind, name })).toEqual(paths);
});

test('a Deployment of such a name cedes nothing', () => {
  expect(cededPaths({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'istio-sidecar-injector' })).toEqual([]);
});
