import type { Finding } from '../../../base/finding.ts';
import { remedy, run } from '../../../base/remedy.ts';
import { type Reading, seen } from '../../facts/reading.ts';
import type { ClusterFacts } from '../../facts/status.ts';

/** Namespaces that are to be injected and are not. */
export function injectionFindings(
  { cluster, injectNamespaces }: Pick<ClusterFacts, 'cluster' | 'injectNamespaces'>,
  { at }: Reading,
): readonly Finding[] {
  return (injectNamespaces ?? [])
    .filter(({ labelled }) => !labelled)
    .map(({ name }) => ({
      code: 'injection-label',
      severity: 'error',
      category: 'Config',
      cluster,
      message: `namespace ${name} is not labelled for injection`,
      remedy: remedy`label it with ${run('apply')}, then restart its workloads`,
      fix: [run('apply')],
      evidence: seen('it does not exist, or its labels choose another revision', `${cluster}: Namespace ${name}`, at),
    }));
}
