import type { ClusterAccessor } from '../../fleet/cluster.ts';
import type { ClusterConnection } from '../../report/connection.ts';
import { reportedError } from './error.ts';

export function reportedConnection({
  name,
  connection,
}: Pick<ClusterAccessor, 'name' | 'connection'>): ClusterConnection {
  const { state, since, health, lastError, nextAttemptAt } = connection();
  return {
    cluster: name,
    state,
    since: timeOf(since),
    ...(health === undefined ? {} : { kubernetes: health.version }),
    ...(lastError === undefined ? {} : { error: reportedError(lastError) }),
    ...(nextAttemptAt === undefined ? {} : { nextAttemptAt: timeOf(nextAttemptAt) }),
  };
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
