import type { IsthmusError } from '../../../base/error.ts';
import type { Finding } from '../../../base/finding.ts';
import { messageOf, seen } from '../../facts/reading.ts';

/** A cluster of which nothing could be read: what is unknown is not healthy. */
export function unreadFinding(
  cluster: string,
  { message, remedy: hint }: Pick<IsthmusError, 'message' | 'remedy'>,
  at: string,
): Finding {
  return {
    code: 'cluster-unread',
    severity: 'error',
    confidence: 'Unknown',
    category: 'Reach',
    cluster,
    message: `nothing is known of it: ${messageOf(cluster, message)}`,
    remedy: hint ?? 'look again when the cluster answers',
    evidence: seen(message, `API server of ${cluster}`, at),
  };
}
