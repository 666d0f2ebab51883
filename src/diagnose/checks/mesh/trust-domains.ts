import type { Finding } from '../../../base/finding.ts';
import { type JsonObject, textAt, valueAt } from '../../../base/json.ts';
import { set } from '../../../base/remedy.ts';
import type { IstiodFacts, MeshObjects } from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';

/** Clusters whose identities the proxies of others do not take: the trust domains differ and no alias joins them. */
export function trustDomainFindings({ istiods, readAt }: MeshObjects): readonly Finding[] {
  const [first, ...others] = istiods;
  if (first === undefined) return [];
  return others.flatMap((one): readonly Finding[] => {
    const [here, there] = [domainOf(one), domainOf(first)];
    if (here === there || (takes(one, there) && takes(first, here))) return [];
    const fact = `trust domain ${here} in ${one.cluster}, ${there} in ${first.cluster}`;
    return [
      {
        code: 'trust-domain-differs',
        severity: 'error',
        category: 'Trust',
        cluster: one.cluster,
        peer: first.cluster,
        message: `${one.cluster} has trust domain ${here} and ${first.cluster} has ${there}, and neither takes the other for an alias: callers refuse the servers' names`,
        remedy: ['give all clusters one trust domain: ', set('spec.trust.domain', { kind: 'Mesh' })],
        evidence: seen(fact, `settings of istiod in ${one.cluster} and ${first.cluster}`, readAt),
      },
    ];
  });
}

function domainOf({ meshConfig }: IstiodFacts): string {
  return textAt(meshConfig, ['trustDomain']) ?? 'cluster.local';
}

function takes({ meshConfig }: { readonly meshConfig: JsonObject }, domain: string): boolean {
  const aliases = valueAt(meshConfig, ['trustDomainAliases']);
  return Array.isArray(aliases) && aliases.includes(domain);
}
