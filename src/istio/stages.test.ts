import { expect, test } from 'vitest';
import { asKubeObject, type KubeObject } from '../objects/object.ts';
import { crossNetworkExposure } from './exposure.ts';
import { controlPlaneNamespace, injectedNamespace } from './namespace.ts';
import { readerObjects } from './reader.ts';
import { remoteSecret } from './remote-secret.ts';
import { removalStages, type Stage, stageOf, stages } from './stages.ts';

const access = { cluster: 'east', server: 'https://east', certificateAuthority: 'PEM', token: 'token' };

function object(apiVersion: string, kind: string, more: Record<string, string> = {}): KubeObject {
  const { type, ...labels } = more;
  const made = asKubeObject({ apiVersion, kind, metadata: { name: 'x', labels }, ...(type ? { type } : {}) });
  if (made === undefined) throw new Error('not an object');
  return made;
}

const eastWest = { istio: 'eastwestgateway' };
const ingress = { istio: 'ingressgateway' };

test.each<[Stage, KubeObject]>([
  ['Namespace', controlPlaneNamespace('us')],
  ['Trust', object('v1', 'Secret', { type: 'Opaque' })],
  ['Wrapping', object('isthmus.dev/v1alpha1', 'WrappingKey')],
  ['Documents', object('isthmus.dev/v1alpha1', 'Mesh')],
  ['Definitions', object('apiextensions.k8s.io/v1', 'CustomResourceDefinition')],
  ['Access', object('v1', 'ServiceAccount', eastWest)],
  ['Access', object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding')],
  ['Address', object('v1', 'Service', eastWest)],
  ['ControlPlane', object('v1', 'Service', { istio: 'pilot' })],
  ['Configuration', object('v1', 'ConfigMap')],
  ['ControlPlane', object('apps/v1', 'Deployment', { istio: 'pilot' })],
  ['ControlPlane', object('autoscaling/v2', 'HorizontalPodAutoscaler')],
  ['Webhooks', object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration')],
  ['Webhooks', object('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy')],
  ['Gateway', object('apps/v1', 'Deployment', eastWest)],
  ['Gateway', object('policy/v1', 'PodDisruptionBudget', eastWest)],
  ['Access', object('v1', 'ServiceAccount', ingress)],
  ['Address', object('v1', 'Service', ingress)],
  ['Gateway', object('apps/v1', 'Deployment', ingress)],
  ['Gateway', object('autoscaling/v2', 'HorizontalPodAutoscaler', ingress)],
  ['Exposure', crossNetworkExposure()],
  ['Exposure', object('gateway.networking.k8s.io/v1', 'Gateway')],
  ['Discovery', remoteSecret(access)],
  ['Injection', injectedNamespace('sample', 'default')],
  ['Injection', injectedNamespace('sample', 'green')],
])('%s: %o', (stage, given) => {
  expect(stageOf(given)).toBe(stage);
});

test('the reader comes with the rights, its token Secret only once the account is there', () => {
  const staged = readerObjects({ secrets: 'Listed' }).map((object) => [object.kind, stageOf(object)]);
  expect(staged.filter(([kind]) => kind !== 'Secret').every(([, stage]) => stage === 'Access')).toBe(true);
  expect(staged.filter(([kind]) => kind === 'Secret')).toEqual([['Secret', 'ControlPlane']]);
});

test('istiod never starts without what it reads only at its start', () => {
  const before = stages.slice(0, stages.indexOf('ControlPlane'));
  expect(before).toEqual(expect.arrayContaining(['Trust', 'Configuration']));
});

test('the issuer is never stored before the key that it is encrypted with, and never outlives it', () => {
  expect(stages.indexOf('Wrapping')).toBeGreaterThan(stages.indexOf('Definitions'));
  expect(stages.indexOf('Wrapping')).toBeLessThan(stages.indexOf('Trust'));
  expect(removalStages.indexOf('Wrapping')).toBeGreaterThan(removalStages.indexOf('Trust'));
});

test('everything that is applied is removed, webhooks first and namespaces last', () => {
  expect([...removalStages].sort()).toEqual([...stages].sort());
  expect(removalStages.at(0)).toBe('Webhooks');
  expect(removalStages.at(-1)).toBe('Namespace');
});
