import { expect, test } from 'vitest';
import { createFake } from '../kube/testing/fake.ts';
import type { KubeObject } from '../objects/object.ts';
import { readRevisionUse } from './revision-use.ts';

type Metadata = Partial<KubeObject['metadata']>;

function object(kind: string, name: string, metadata: Metadata = {}): KubeObject {
  const apiVersion = kind === 'MutatingWebhookConfiguration' ? 'admissionregistration.k8s.io/v1' : 'v1';
  return { apiVersion, kind, metadata: { name, ...metadata } };
}

/** A pod of the namespace shop, with a sidecar of that revision. */
function pod(name: string, revision: string, more: Metadata = {}): KubeObject {
  const metadata = { namespace: 'shop', annotations: { 'istio.io/rev': revision }, ...more };
  return { ...object('Pod', name, metadata), status: { phase: 'Running' } };
}

async function use(
  objects: readonly KubeObject[],
  moving: readonly string[] = [],
): Promise<Readonly<Record<string, string>>> {
  const namespaces = ['shop', 'istio-system'].map((name) => object('Namespace', name));
  const signal = new AbortController().signal;
  const client = createFake({ objects: [...namespaces, ...objects] });
  return Object.fromEntries(await readRevisionUse(client, { revisions: ['blue', 'default'], moving, signal }));
}

test('nothing uses a revision that nothing names', async () => {
  expect(
    await use([pod('web', 'green'), object('Namespace', 'green', { labels: { 'istio.io/rev': 'green' } })]),
  ).toEqual({});
});

test('namespaces, pods and revision tags are named with the revision that serves them', async () => {
  const objects = [
    object('Namespace', 'legacy', { labels: { 'istio.io/rev': 'blue' } }),
    object('Namespace', 'old', { labels: { 'istio-injection': 'enabled' } }),
    pod('web', 'blue'),
    object('MutatingWebhookConfiguration', 'istio-revision-tag-prod', {
      labels: { 'istio.io/rev': 'blue', 'istio.io/tag': 'prod' },
    }),
  ];
  expect(await use(objects)).toEqual({
    blue: 'revision blue still serves namespace legacy, revision tag prod, pod shop/web',
    default: 'revision default still serves namespace old',
  });
});

test('what is on its way counts no more', async () => {
  const objects = [
    object('Namespace', 'legacy', { labels: { 'istio.io/rev': 'blue' } }),
    { ...pod('done', 'blue'), status: { phase: 'Succeeded' } },
    pod('leaving', 'blue', { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['example.com/wait'] }),
    pod('gateway', 'blue', { namespace: 'istio-system', labels: { istio: 'eastwestgateway' } }),
  ];
  expect(await use(objects, ['legacy'])).toEqual({});
});

test('the ingress gateway of the mesh moves with its istiod, and one of another owner does not', async () => {
  const place = { namespace: 'istio-system', labels: { istio: 'ingressgateway' } };
  const annotations = { 'istio.io/rev': 'blue', 'isthmus.dev/cluster': 'west' };
  expect(await use([pod('ours', 'blue', { ...place, annotations })])).toEqual({});
  expect(await use([pod('theirs', 'blue', place)])).toEqual({
    blue: 'revision blue still serves pod istio-system/theirs',
  });
});

test('many users are five and a number', async () => {
  const pods = Array.from({ length: 8 }, (_, at) => pod(`web-${at}`, 'blue'));
  expect((await use(pods)).blue).toBe(
    'revision blue still serves pod shop/web-0, pod shop/web-1, pod shop/web-2, pod shop/web-3, pod shop/web-4 and 3 more',
  );
});
