import { fieldsOf, textOf } from '../values/fields.ts';
import type { IstiodView } from '../values/model.ts';
import type { ProxyClient } from '../values/proxy-client.ts';
import { sidecarOf } from './sidecar-scope.ts';

export type OutboundPolicy = 'ALLOW_ANY' | 'ALLOW_ANY_DYNAMIC_DNS' | 'REGISTRY_ONLY';

/** What a sidecar does with what it knows no service for: its Sidecar says, else the mesh (sidecar.go, initFunc). */
export function outboundPolicy(
  view: IstiodView,
  client: Pick<ProxyClient, 'type' | 'namespace' | 'labels'>,
): OutboundPolicy {
  const sidecar = client.type === 'router' ? undefined : sidecarOf(view, client);
  const own = fieldsOf(sidecar?.spec).outboundTrafficPolicy;
  const declared = own ?? view.istiod.meshConfig.outboundTrafficPolicy;
  if (declared === undefined) return 'ALLOW_ANY';
  const mode = textOf(fieldsOf(declared).mode);
  return mode === 'ALLOW_ANY' || mode === 'ALLOW_ANY_DYNAMIC_DNS' ? mode : 'REGISTRY_ONLY';
}
