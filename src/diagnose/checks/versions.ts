import type { Finding } from '../../base/finding.ts';
import { type Remedy, remedy, run, set } from '../../base/remedy.ts';
import { kubernetesSkew, proxySkew, skewedIstiods, type VersionedIstiod } from '../../istio/skew.ts';
import { firstOf, type Reading, seen } from '../facts/reading.ts';
import type { ClusterFacts, VersionedProxy } from '../facts/status.ts';

type Versions = Pick<ClusterFacts, 'cluster' | 'istiod' | 'kubernetes'>;

/** A Kubernetes that istiod's version does not support. */
export function kubernetesFindings({ cluster, istiod, kubernetes }: Versions, { at }: Reading): readonly Finding[] {
  const message = kubernetes === null ? undefined : kubernetesSkew(istiod?.version, kubernetes);
  if (message === undefined) return [];
  return [
    {
      code: 'skew-kubernetes',
      severity: 'error',
      category: 'Lifecycle',
      cluster,
      message,
      remedy: 'upgrade Kubernetes, or take an Istio version that supports it',
      evidence: seen(`Kubernetes ${kubernetes}`, `API server of ${cluster}`, at),
    },
  ];
}

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

/** What an istiod's version has against the other istiods of the mesh. */
export function istiodVersionFindings(
  { cluster, istiod }: Pick<ClusterFacts, 'cluster' | 'istiod'>,
  present: readonly VersionedIstiod[],
  at: string,
): readonly Finding[] {
  const version = istiod?.version;
  if (version === undefined) return [];
  return skewedIstiods(version, present).map((other) => ({
    code: 'skew-istiod',
    severity: 'error',
    category: 'Lifecycle',
    cluster,
    message: `its istiod is version ${version}, and that of ${other.cluster} is version ${other.version}: more than one minor version apart`,
    remedy: `upgrade the older one by one minor version at a time, through ${other.between}`,
    evidence: seen(`istiod ${other.version}`, `${other.cluster}: Deployment of istiod`, at),
  }));
}
