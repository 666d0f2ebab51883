import { z } from 'zod';
import { IsthmusError } from '../base/error.ts';
import type { Json } from '../base/json.ts';

/** What istiod would send a proxy that is connected to it: the endpoints of each cluster that the proxy watches. */
export function edszPath(pod: string, namespace: string): string {
  return `/debug/edsz?proxyID=${encodeURIComponent(`${pod}.${namespace}`)}`;
}

/** One endpoint of istiod's answer. */
export interface SentEndpoint {
  /** `ip:port`, IPv6 in brackets. */
  readonly address: string;
  readonly weight: number;
  readonly priority: number;
  readonly health: string;
}

// protojson of envoy/config/endpoint/v3: fields that are zero or empty are left out.
const socketAddress = z.looseObject({ address: z.string(), portValue: z.number().default(0) });
const lbEndpoint = z.looseObject({
  endpoint: z.looseObject({ address: z.looseObject({ socketAddress: socketAddress.optional() }) }),
  healthStatus: z.string().default('HEALTHY'),
  loadBalancingWeight: z.number().default(1),
});
const assignment = z.looseObject({
  clusterName: z.string(),
  endpoints: z
    .array(z.looseObject({ priority: z.number().default(0), lbEndpoints: z.array(lbEndpoint).default([]) }))
    .default([]),
});
const dump = z.looseObject({ configs: z.array(assignment).default([]) });

/** The answer of `/debug/edsz`: endpoints by Envoy's name of the cluster. */
export function parseEdsz(answer: Json): ReadonlyMap<string, readonly SentEndpoint[]> {
  const result = dump.safeParse(answer);
  if (!result.success) {
    throw new IsthmusError('unexpected-response', 'the answer of istiod /debug/edsz has a form that is not known', {
      remedy: 'check that the Istio version is one that Isthmus supports',
      cause: result.error,
    });
  }
  return new Map(
    result.data.configs.map(({ clusterName, endpoints }) => [
      clusterName,
      endpoints.flatMap(({ priority, lbEndpoints }) =>
        lbEndpoints.map((one) => ({
          address: textOf(one.endpoint.address.socketAddress),
          weight: one.loadBalancingWeight,
          priority,
          health: one.healthStatus === 'UNKNOWN' ? 'HEALTHY' : one.healthStatus,
        })),
      ),
    ]),
  );
}

function textOf(address: z.output<typeof socketAddress> | undefined): string {
  if (address === undefined) return '(no socket address)';
  const { address: ip, portValue } = address;
  return ip.includes(':') ? `[${ip}]:${portValue}` : `${ip}:${portValue}`;
}
