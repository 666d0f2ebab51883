import type { KubeObject } from '../../objects/object.ts';
import { proxyVariable } from './pods.ts';

/** Default of the proxy's agent (pilot/cmd/pilot-agent/options). */
const defaultSeconds = 24 * 3600;

/** How long a certificate of the pod's sidecar is valid, in seconds. */
export function certificateLifetime(pod: KubeObject): number {
  return seconds(proxyVariable(pod, 'SECRET_TTL') ?? '') ?? defaultSeconds;
}

/** A duration as Go writes it, `24h0m0s`, in seconds; undefined where it is none. */
export function seconds(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(h|m|s))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(h|m|s)/g)].reduce(
    (sum, [, number, unit = 's']) => sum + Number(number) * (secondsIn.get(unit) ?? 1),
    0,
  );
}

const secondsIn: ReadonlyMap<string, number> = new Map([
  ['h', 3600],
  ['m', 60],
  ['s', 1],
]);
