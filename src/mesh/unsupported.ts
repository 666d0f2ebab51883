import type { ValuePath } from './locate.ts';

/** What the format foresees and this version of Isthmus cannot do: said plainly, not as a typing error. */
export interface Unsupported {
  readonly kind: string;
  readonly path: string;
  readonly hint: string;
  /** The key that is required where this one is not given: not missed when this one is there. */
  readonly instead?: string;
}

export const unsupportedKinds: Readonly<Record<string, string>> = {
  MeshService: 'remove the document; write DestinationRules by hand to steer traffic between clusters',
};

const issuerHint = 'write issuer: {generated: {}} or leave issuer out: Isthmus makes the issuer itself';

export const unsupportedKeys: readonly Unsupported[] = [
  { kind: 'Mesh', path: 'spec.istio.renderer', hint: 'remove it: Istio is rendered by istioctl' },
  { kind: 'Mesh', path: 'spec.istio.revision', hint: 'remove it: the default revision is used' },
  { kind: 'Mesh', path: 'spec.trust.issuer.files', hint: issuerHint, instead: 'generated' },
  { kind: 'Mesh', path: 'spec.trust.issuer.secret', hint: issuerHint, instead: 'generated' },
  {
    kind: 'MeshCluster',
    path: 'spec.access.secret',
    hint: 'use access: {context: NAME} or access: {kubeconfig: FILE, context: NAME}',
  },
  {
    kind: 'MeshCluster',
    path: 'spec.controlPlane',
    hint: 'remove it: every cluster runs its own control plane',
  },
  { kind: 'MeshCluster', path: 'spec.gateway.type', hint: "remove it: the gateway's Service is a LoadBalancer" },
  {
    kind: 'MeshCluster',
    path: 'spec.gateway.addresses',
    hint: "remove it: the gateway's addresses are read from its Service",
  },
];

/** What is known of a key that the format foresees but this version does not support; undefined for any other. */
export function unsupportedKey(kind: string, path: ValuePath): Unsupported | undefined {
  const text = path.map(String).join('.');
  return unsupportedKeys.find((entry) => entry.kind === kind && entry.path === text);
}
