import { IsthmusError } from '../../base/error.ts';
import { type Json, objectsAt, textAt, valueAt } from '../../base/json.ts';
import { istioNamespace } from '../../istio/names.ts';
import { revisionLabel } from '../../istio/revision.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../objects/object.ts';
import { poll, type Wait } from './await-ready.ts';

/** istiod writes its CA into a webhook within a second; where it has not by then, it is shown the webhook again. */
const showAgainMs = 15_000;

/**
 * Waits until a pod of the gateway's kind would be injected: a dry run shows it. A gateway pod made earlier would keep
 * its image `auto`, which nothing can pull, for ever.
 */
export async function awaitInjection(wait: Wait, revision: string): Promise<void> {
  const { client, clock, signal } = wait;
  let shownAt = clock.monotonic();
  await poll(wait, 'the injection webhook answers', async () => {
    try {
      const pod = await client.raw({
        method: 'POST',
        path: `/api/v1/namespaces/${istioNamespace}/pods`,
        query: { dryRun: 'All' },
        body: injectionProbe(revision),
        signal,
      });
      return imagesOf(pod).includes('auto') ? 'it has not reached the API server' : '';
    } catch (error) {
      if (!isOnItsWay(error)) throw error;
      if (error.message.includes(untrusted) && clock.monotonic() - shownAt >= showAgainMs) {
        shownAt = clock.monotonic();
        await showUnsigned(client, revision, signal);
      }
      return error.message;
    }
  });
}

/** An API server that does not make the pod yet, and may soon. */
function isOnItsWay(error: unknown): error is IsthmusError {
  if (!(error instanceof IsthmusError)) return false;
  return error.code === 'kubernetes-error' || error.message.includes(withoutAccount);
}

function injectionProbe(revision: string): Json {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'isthmus-injection-',
      labels: { 'sidecar.istio.io/inject': 'true', [revisionLabel]: revision },
      annotations: { 'inject.istio.io/templates': 'gateway' },
    },
    spec: { containers: [{ name: 'istio-proxy', image: 'auto' }] },
  };
}

function imagesOf(pod: Json): readonly (Json | undefined)[] {
  const containers = valueAt(pod, ['spec', 'containers']);
  return Array.isArray(containers) ? containers.map((container: Json) => valueAt(container, ['image'])) : [];
}

/**
 * With this an API server refuses a pod where the controller manager has not made the namespace's account yet, as Forbidden
 * (plugin/pkg/admission/serviceaccount in kubernetes/kubernetes): no right is missing.
 */
const withoutAccount = 'error looking up service account';

/** What an API server says of a webhook whose CA it has not been given. */
const untrusted = 'certificate signed by unknown authority';
const showingManager = 'isthmus-webhooks';
const webhooks = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' } as const;

/**
 * Shows istiod the webhooks again that have no CA. It changes its own copy of one before it writes it: where that write fails, the
 * copy looks written, and it is never tried again (docs/upstream/istio-webhook-ca.md). Any change of the object gives it another
 * copy; this one is undone at once.
 */
async function showUnsigned(client: KubeClient, revision: string, signal: AbortSignal): Promise<void> {
  const found = await client.list(webhooks, { labelSelector: `${revisionLabel}=${revision}`, signal });
  for (const { metadata } of found.filter(lacksAuthority)) {
    const { name } = metadata;
    const options = { fieldManager: showingManager, signal } as const;
    const annotations = { 'isthmus.dev/shown-again': 'true' };
    await client.apply({ ...webhooks, metadata: { name, annotations } }, options);
    await client.apply({ ...webhooks, metadata: { name } }, options);
  }
}

function lacksAuthority(config: KubeObject): boolean {
  return objectsAt(config, ['webhooks']).some(
    (webhook) => (textAt(webhook, ['clientConfig', 'caBundle']) ?? '') === '',
  );
}
