import type { removalStages } from '../../report/object-ref.ts';

/** What a stage of a removal is called. */
export const removalStageNames = {
  Webhooks: 'webhooks',
  CustomResources: 'custom resources',
  RemoteSecrets: 'remote secrets',
  Injection: 'injection',
  Gateways: 'gateways',
  ControlPlane: 'control plane',
  Access: 'accounts and rights',
  Trust: 'certificates',
  Leftovers: 'what istiod wrote',
  Definitions: 'definitions',
  System: "Isthmus's own records",
} as const satisfies Record<(typeof removalStages)[number], string>;
