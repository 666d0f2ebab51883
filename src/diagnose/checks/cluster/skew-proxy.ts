import type { Finding } from '../../../base/finding.ts';
import { type Remedy, remedy, run, set } from '../../../base/remedy.ts';
import { proxySkew } from '../../../istio/skew.ts';
import { firstOf, type Reading, seen } from '../../facts/reading.ts';
import type { ClusterFacts, VersionedProxy } from '../../facts/status.ts';

/** The proxies of a cluster that its istiod does not support, those too old and those too new. */
export function proxyVersionFindings(
  { cluster, istiod }: Pick<ClusterFacts, 'cluster' | 'istiod'>,
  proxies: readonly VersionedProxy[],
  { at }: Reading,
): readonly Finding[] {
  if (istiod === null) return [];
  const { version, runsIn } = istiod;
  return (['TooOld', 'TooNew'] as const).flatMap((how) => {
    const found = proxies.filter((proxy) => proxySkew(version, proxy.version) === how);
    if (found.length === 0) return [];
    const names = found.map((proxy) => `${proxy.namespace}/${proxy.name} (${proxy.version})`);
    const { words, hint } = proxyWords[how];
    return [
      {
        code: 'skew-proxy',
        severity: 'error',
        category: 'Lifecycle',
        cluster,
        message: `proxies are ${words} istiod ${version}: ${firstOf(names, 1)}`,
        remedy: hint,
        evidence: seen(`connected: ${firstOf(names)}`, `istiod of ${runsIn}`, at),
      } satisfies Finding,
    ];
  });
}

const proxyWords = {
  TooOld: { words: 'too old for', hint: 'restart their pods' },
  TooNew: {
    words: 'newer than',
    hint: remedy`restart their pods; where they are to stay, ${set('spec.istio.version', { kind: 'Mesh' })}, then ${run('apply')}`,
  },
} as const satisfies Record<string, { readonly words: string; readonly hint: Remedy }>;
