import type { Snapshot } from '../../discovery/values/snapshot.ts';
import { certificateLifetime } from '../world/certificate-lifetime.ts';
import { proxyVariable, sidecarPodsOf } from '../world/pods.ts';
import type { Aftermath } from './aftermath.ts';

/** Proxies that work on with the certificates that they have. Times are seconds from the moment that the CA is gone. */
export interface UntilExpiry {
  readonly cluster: string;
  /** The end of a sentence. */
  readonly reason: string;
  readonly proxies: number;
  /** A proxy renews its certificate by then, so that one about to do so is the first to be without. */
  readonly firstExpire: number;
  /** One that was renewed at the last moment. */
  readonly lastExpire: number;
  /** New endpoints and configuration reach the proxies until then. */
  readonly hearsNews: boolean;
}

/** Default of the proxy's agent (pilot/cmd/pilot-agent/options). */
const defaultGraceRatio = 0.5;

/** For each cluster whose proxies get no new certificate: how long theirs last. */
export function untilExpiry(
  snapshot: Snapshot,
  { withoutCa, cutOff, goneClusters }: Aftermath,
): readonly UntilExpiry[] {
  return [...withoutCa]
    .filter(([cluster]) => !goneClusters.has(cluster))
    .map(([cluster, reason]) => {
      const pods = sidecarPodsOf(snapshot).get(cluster) ?? [];
      const terms = pods.map((pod) => {
        const lifetime = certificateLifetime(pod);
        const ratio = Number(proxyVariable(pod, 'SECRET_GRACE_PERIOD_RATIO') ?? defaultGraceRatio);
        return { lifetime, left: lifetime * (Number.isFinite(ratio) ? ratio : defaultGraceRatio) };
      });
      return {
        cluster,
        reason,
        proxies: pods.length,
        firstExpire: Math.min(...terms.map(({ left }) => left), Infinity),
        lastExpire: Math.max(...terms.map(({ lifetime }) => lifetime), 0),
        hearsNews: !cutOff.has(cluster),
      };
    })
    .filter(({ proxies }) => proxies > 0);
}
