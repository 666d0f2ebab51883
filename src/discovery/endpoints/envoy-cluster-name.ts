import type { Query } from '../values/answer.ts';

/** `outbound|80|v1|host`, or `outbound_.80_.v1_.host` for a gateway's own cluster, which is also the SNI of the former. */
export function clusterName(
  mode: Query['mode'],
  cluster: { readonly host: string; readonly port: number; readonly subset: string },
): string {
  const { host, port, subset } = cluster;
  return mode === 'outbound' ? `outbound|${port}|${subset}|${host}` : `outbound_.${port}_.${subset}_.${host}`;
}
