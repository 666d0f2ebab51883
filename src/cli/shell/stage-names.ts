import type { stages } from '../../report/plan.ts';

/** What a stage is called in plans and in the progress of an apply. */
export const stageNames = {
  Namespace: 'namespaces',
  Definitions: "Istio's definitions",
  Wrapping: "the key that encrypts the issuer's",
  Trust: 'certificates',
  Access: 'accounts and rights',
  Address: "the gateway's address",
  Configuration: "Istio's configuration",
  ControlPlane: 'control plane',
  Webhooks: 'webhooks',
  Gateway: 'east-west gateway',
  Exposure: 'exposure of services',
  Documents: "the mesh's documents",
  Hosted: 'control planes of other clusters',
  Discovery: 'remote secrets',
  Injection: 'injection labels',
} as const satisfies Record<(typeof stages)[number], string>;
