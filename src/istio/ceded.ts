import { groupOf, type ObjectRef } from '../objects/object.ts';
import { istioNamespace } from './names.ts';

/**
 * The fields of a rendered object that istiod takes over once it runs: set them when the object is created, and leave
 * them out of every later apply. Paths of object keys; `*` stands for every item of a list.
 *
 * - Validating webhooks: rendered with `failurePolicy: Ignore` and no CA. istiod sets its CA, proves with a dry run that
 *   it rejects an invalid Gateway and then sets `Fail` (pkg/webhooks/validation/controller/controller.go,
 *   updateValidatingWebhookConfiguration). Applied again, `Ignore` would let invalid configuration in until istiod
 *   notices, and the two would take turns.
 * - Injection webhooks: istiod sets the CA of every entry whose name ends in `sidecar-injector.istio.io`
 *   (pkg/webhooks/webhookpatch.go, patchMutatingWebhookConfig). Their failurePolicy stays as rendered.
 *
 * Not here, because the charts leave them out themselves: `spec.replicas` of Deployments that have an autoscaler.
 */
export function cededPaths(ref: ObjectRef): readonly (readonly string[])[] {
  if (groupOf(ref.apiVersion) !== 'admissionregistration.k8s.io') return [];
  if (ref.kind === 'ValidatingWebhookConfiguration' && isValidator(ref.name)) return [failurePolicy, caBundle];
  if (ref.kind === 'MutatingWebhookConfiguration' && isInjector(ref.name)) return [caBundle];
  return [];
}

const failurePolicy = ['webhooks', '*', 'failurePolicy'] as const;
const caBundle = ['webhooks', '*', 'clientConfig', 'caBundle'] as const;

/** `istio-validator[-REVISION]-istio-system` of the istiod chart, `istiod-default-validator` of the base chart. */
function isValidator(name: string): boolean {
  return (
    name === 'istiod-default-validator' || (/^istio-validator(-.+)?-/.test(name) && name.endsWith(`-${istioNamespace}`))
  );
}

/** `istio-sidecar-injector[-REVISION][-istio-system]` and `istio-revision-tag-TAG` of the istiod chart. */
function isInjector(name: string): boolean {
  return /^istio-sidecar-injector($|-)/.test(name) || name.startsWith('istio-revision-tag-');
}
