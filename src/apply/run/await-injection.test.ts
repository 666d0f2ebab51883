import { expect, test } from 'vitest';
import { IsthmusError } from '../../base/error.ts';
import { createFake } from '../../kube/testing/fake.ts';
import { handClock } from '../../kube/testing/hand-clock.ts';
import type { KubeObject } from '../../objects/object.ts';
import { awaitInjection } from './await-injection.ts';

function injector(revision: string, caBundle?: string): KubeObject {
  const clientConfig = { service: { name: 'istiod', namespace: 'istio-system' }, ...(caBundle && { caBundle }) };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: `istio-sidecar-injector-${revision}`, labels: { 'istio.io/rev': revision } },
    webhooks: [{ name: 'rev.object.sidecar-injector.istio.io', clientConfig }],
  };
}

/** When the webhooks of a cluster were written while it was waited for an injection that comes after a minute, in seconds. */
async function writesDuring(objects: readonly KubeObject[], why: string) {
  const clock = handClock({ instantUpTo: 100 });
  const writes: string[] = [];
  const client = createFake({
    objects,
    intercept: ({ verb, what }) => {
      if (verb === 'apply') writes.push(`${Math.floor(clock.monotonic() / 1000)} s: ${what}`);
    },
    raw: ({ path }) => {
      if (!path.endsWith('/pods')) return undefined;
      if (clock.monotonic() < 20_000) throw new IsthmusError('kubernetes-error', `failed calling webhook: ${why}`);
      return { spec: { containers: [{ image: 'proxyv2' }] } };
    },
  });
  const nothing = (): undefined => undefined;
  const { signal } = new AbortController();
  await awaitInjection({ client, clock, signal, limitMs: 60_000, onWait: nothing, onReached: nothing }, 'default');
  return { writes, left: client.objects().filter(({ kind }) => kind === 'MutatingWebhookConfiguration') };
}

test('a namespace whose account is not made yet is no denial', async () => {
  const clock = handClock({ instantUpTo: 100 });
  const waits: string[] = [];
  const denied =
    'cannot POST /api/v1/namespaces/istio-system/pods: pods "isthmus-injection-" is forbidden: error looking up service account istio-system/default: serviceaccount "default" not found';
  const client = createFake({
    objects: [],
    raw: () => {
      if (clock.monotonic() < 20_000) throw new IsthmusError('access-denied', denied);
      return { spec: { containers: [{ image: 'proxyv2' }] } };
    },
  });
  const { signal } = new AbortController();
  const told = { onWait: (text: string) => waits.push(text), onReached: () => undefined };
  await awaitInjection({ client, clock, signal, limitMs: 60_000, ...told }, 'default');
  expect(waits).toEqual(['the injection webhook answers', `the injection webhook answers, for 10 s: ${denied}`]);
});

const untrusted = 'tls: failed to verify certificate: x509: certificate signed by unknown authority';

test('a webhook that istiod gave no CA is shown to it again, and is then as it was', async () => {
  const what = 'MutatingWebhookConfiguration istio-sidecar-injector-default';
  const { writes, left } = await writesDuring([injector('default'), injector('other')], untrusted);
  expect(writes).toEqual([`15 s: ${what}`, `15 s: ${what}`]);
  expect(left.map(({ metadata }) => metadata.annotations ?? {})).toEqual([{}, {}]);
});

test('one that has a CA is left as it is, and so is one that fails otherwise', async () => {
  expect((await writesDuring([injector('default', 'Q0E=')], untrusted)).writes).toEqual([]);
  expect((await writesDuring([injector('default')], 'connection refused')).writes).toEqual([]);
});
