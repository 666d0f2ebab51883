import { describe, expect, test } from 'vitest';
import { describeRef, type KubeObject, type ObjectRef, refOf } from '../objects/object.ts';
import { appliedAnnotation, fieldManager, managedByLabel, managedByValue, meshLabel } from '../objects/ownership.ts';
import { classify, type Scope } from './classify.ts';
import { object } from './fake-cluster.ts';

const labels = { [managedByLabel]: managedByValue, [meshLabel]: 'shop' };
const managedFields = [{ manager: fieldManager, operation: 'Apply', fieldsV1: { 'f:data': {} } }];

/** An object with a UID of its own and more metadata. */
function one(text: string, metadata: object = {}): KubeObject {
  return object(text, { metadata: { uid: text, ...metadata } });
}

/** What goes, and what keeps which namespace. */
function verdict(objects: readonly KubeObject[], more: Partial<Scope> = {}) {
  const scope: Scope = { mesh: 'shop', reach: 'Mesh', definitions: 'Keep', inventory: [], ...more };
  const { remove, namespaces } = classify({ kinds: [], objects, silent: [], unreadable: [] }, scope);
  return {
    remove: remove.map((removed) => describeRef(refOf(removed))),
    kept: Object.fromEntries(
      namespaces.map(({ namespace, foreign }) => [namespace.metadata.name, foreign.map(describeRef)]),
    ),
  };
}

describe('ours', () => {
  const ref: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'prod', name: 'a' };
  const text = 'v1/ConfigMap prod/a';

  test.each([
    ['both labels, and fields of our field manager', { labels, managedFields }, [], true],
    ['both labels, and a line of the inventory', { labels }, [ref], true],
    ['both labels alone', { labels }, [], false],
    ['the label of the mesh alone', { labels: { [meshLabel]: 'shop' }, managedFields }, [ref], false],
    ['the labels of another mesh', { labels: { ...labels, [meshLabel]: 'other' }, managedFields }, [ref], false],
    ['a line of the inventory and our annotation', { annotations: { [appliedAnnotation]: 'x' } }, [ref], false],
    ['our field manager alone', { managedFields }, [], false],
  ])('is shown by %s: %#', (_, metadata, inventory, expected) => {
    expect(verdict([one(text, metadata)], { inventory }).remove).toEqual(expected ? ['ConfigMap prod/a'] : []);
  });

  test('is no copy that somebody made of an object of ours', () => {
    const copy = one('networking.istio.io/v1/VirtualService tenant/copied', { labels });
    expect(verdict([copy]).remove).toEqual([]);
  });

  test.each(['Mesh', 'AnyIstio'] as const)('is no machine, storage or API, and nothing of Kubernetes (%s)', (reach) => {
    const texts = [
      'v1/Node worker-1',
      'v1/PersistentVolume pv-db',
      'v1/PersistentVolumeClaim prod/db',
      'apiregistration.k8s.io/v1/APIService v1.metrics',
      'apps/v1/Deployment kube-system/coredns',
      'v1/ConfigMap kube-public/cluster-info',
      'v1/Namespace kube-node-lease',
    ];
    const istios = { 'app.kubernetes.io/part-of': 'istio', 'operator.istio.io/component': 'Pilot' };
    const objects = texts.map((text) => one(text, { labels: { ...istios, ...labels }, managedFields }));
    const inventory = objects.map(refOf);
    expect(verdict(objects, { reach, inventory })).toEqual({ remove: [], kept: {} });
  });

  test('is no namespace that somebody has labelled', () => {
    expect(verdict([one('v1/Namespace empty', { labels })]).kept).toEqual({});
    expect(verdict([one('v1/Namespace istiod-east', { labels, managedFields })]).kept).toEqual({ 'istiod-east': [] });
  });
});

describe('what istiod writes', () => {
  const names = ['v1/Secret X/istio-ca-secret', 'v1/ConfigMap X/istio-leader', 'v1/ConfigMap X/istio-ca-root-cert'];
  const leases = ['coordination.k8s.io/v1/Lease X/istio-gateway-status-leader'];
  const inNamespace = (namespace: string) => [...names, ...leases].map((text) => one(text.replace('X', namespace)));

  test.each(['Mesh', 'AnyIstio'] as const)('is known by its names in its own namespaces alone (%s)', (reach) => {
    expect(verdict(inNamespace('prod'), { reach }).remove).toEqual(['ConfigMap prod/istio-ca-root-cert']);
    expect(verdict(inNamespace('istio-system'), { reach }).remove).toHaveLength(4);
    const root = 'ConfigMap kube-flannel/istio-ca-root-cert';
    expect(verdict(inNamespace('kube-flannel'), { reach }).remove).toEqual([root]);
  });

  test('is that of a hosted istiod too, where the namespace is ours', () => {
    const hosted = one('v1/Namespace istiod-east', { labels, managedFields });
    expect(verdict([hosted, ...inNamespace('istiod-east')]).remove).toHaveLength(4);
    const foreign = one('v1/Namespace istiod-east');
    expect(verdict([foreign, ...inNamespace('istiod-east')]).remove).toEqual([
      'ConfigMap istiod-east/istio-ca-root-cert',
    ]);
  });
});

describe('what only owners say', () => {
  const istiod = one('apps/v1/Deployment istio-system/istiod', { labels: { ...labels, app: 'istiod' }, managedFields });
  const owner = (uid: string, name: string) => ({ uid, kind: 'Deployment', name });
  const ofIstiod = owner(istiod.metadata.uid ?? '', 'istiod');
  const home = one('v1/Namespace istio-system');

  test('goes with them', () => {
    const dependent = one('apps/v1/ReplicaSet istio-system/istiod-1', { ownerReferences: [ofIstiod] });
    expect(verdict([home, istiod, dependent])).toEqual({
      remove: ['Deployment istio-system/istiod'],
      kept: { 'istio-system': [] },
    });
  });

  test('stays, and keeps its namespace, where one of them lives on', () => {
    const ownerReferences = [ofIstiod, owner('a-living-one', 'theirs')];
    const precious = one('v1/ConfigMap istio-system/precious', { ownerReferences });
    expect(verdict([home, istiod, precious]).kept).toEqual({ 'istio-system': ['ConfigMap istio-system/precious'] });
  });

  test('stays where its owner is in another namespace', () => {
    const elsewhere = one('apps/v1/Deployment other/x', { labels, managedFields });
    const ownerReferences = [owner(elsewhere.metadata.uid ?? '', 'x')];
    const foreign = one('v1/Secret istio-system/foreign', { ownerReferences });
    expect(verdict([home, elsewhere, foreign]).kept).toEqual({ 'istio-system': ['Secret istio-system/foreign'] });
  });
});

test('with every Istio go its own objects, and not what has a similar name', () => {
  const similar = [
    'apps/v1/Deployment tools/istiod-dashboard',
    'rbac.authorization.k8s.io/v1/ClusterRole istiod-auditors',
  ];
  const own = [
    'apps/v1/Deployment istio-system/istiod-1-30',
    'rbac.authorization.k8s.io/v1/ClusterRole istio-reader-istio-system',
  ];
  const { remove } = verdict(
    [...similar, ...own].map((text) => one(text)),
    { reach: 'AnyIstio' },
  );
  expect(remove).toEqual(['Deployment istio-system/istiod-1-30', 'ClusterRole istio-reader-istio-system']);
});
