/** What stands before a failure to read a cluster (pkg/kube/kclient, pkg/kube/multicluster/secretcontroller.go). */
const openings = ['watch error in cluster ', 'failed to add remote cluster '];

const longest = 300;

/** The last failure to read a cluster that istiod logged; undefined where the log has none. */
export function lastSyncFailure(log: string, cluster: string): string | undefined {
  const failures = log.split('\n').flatMap((line) => failureIn(line, cluster) ?? []);
  return failures.at(-1)?.slice(0, longest);
}

function failureIn(line: string, cluster: string): string | undefined {
  for (const opening of openings) {
    const start = line.indexOf(`${opening}${cluster}: `);
    if (start >= 0) return line.slice(start + opening.length + cluster.length + 2).trim();
  }
  return undefined;
}
