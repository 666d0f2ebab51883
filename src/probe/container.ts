import type { JsonObject } from '../base/json.ts';
import { planVariable, probeContainer } from './protocol.ts';

export interface ProbeProgram {
  /** The image that runs `isthmus probe`. */
  readonly image: string;
  readonly args: readonly string[];
  readonly plan: unknown;
  /** Left out: 256Mi, of a run of seconds in which much is measured. */
  readonly memoryLimit?: string;
}

/** The container of a probe: as little as it needs, so that namespaces with the `restricted` policy take it. */
export function containerOfProbe({ image, args, plan, memoryLimit = '256Mi' }: ProbeProgram): JsonObject {
  return {
    name: probeContainer,
    image,
    imagePullPolicy: 'IfNotPresent',
    args,
    env: [{ name: planVariable, value: JSON.stringify(plan) }],
    resources: { requests: { cpu: '10m', memory: '48Mi' }, limits: { memory: memoryLimit } },
    // Any user but 1337: that one is the sidecar's, and its traffic is not captured.
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}
