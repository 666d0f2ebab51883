import type { Finding } from '../../../base/finding.ts';
import { canonicalJson } from '../../../base/json.ts';
import type { KubeObject } from '../../../objects/object.ts';
import { type MemberObjects, type MeshObjects, nameOfObject, objectsOfKind } from '../../facts/mesh-objects.ts';
import { firstOf, seen } from '../../facts/reading.ts';

const kinds = ['DestinationRule', 'VirtualService'] as const;

/**
 * Routing rules of one name that say something else in another primary: an istiod goes by those of its own cluster
 * alone, so that callers of the two clusters are sent different ways. A rule that one of them lacks is a note.
 */
export function configDiffersFindings(mesh: MeshObjects): readonly Finding[] {
  const primaries = mesh.members.filter(({ cluster }) => mesh.istiods.some((one) => one.cluster === cluster));
  const all = primaries.map((member) => ({ member, rules: rulesByName(member) }));
  const names = new Set(all.flatMap(({ rules }) => [...rules.keys()]));
  return [...names].toSorted().flatMap((name): readonly Finding[] => {
    const holders = all.filter(({ rules }) => rules.has(name));
    const [first, ...others] = holders;
    if (first === undefined || others.length === 0) return [];
    const specOf = (rules: ReadonlyMap<string, KubeObject>): string => canonicalJson(rules.get(name)?.spec);
    const differing = others.filter(({ rules }) => specOf(rules) !== specOf(first.rules));
    const [one] = differing;
    if (one === undefined) return [];
    const clusters = differing.map(({ member }) => member.cluster);
    return [
      {
        code: 'config-differs',
        severity: 'warning',
        category: 'Config',
        cluster: one.member.cluster,
        peer: first.member.cluster,
        object: name,
        message: `${name} says something else in ${firstOf(clusters)} than in ${first.member.cluster}: callers of each cluster go by their own`,
        remedy: 'make them alike; where each cluster is to have its own, give them different names',
        evidence: seen('its spec differs', `${one.member.cluster} and ${first.member.cluster}: ${name}`, mesh.readAt),
      },
    ];
  });
}

function rulesByName(member: MemberObjects): ReadonlyMap<string, KubeObject> {
  const rules = kinds.flatMap((kind) => objectsOfKind(member, 'networking.istio.io', kind));
  return new Map(rules.map((rule) => [nameOfObject(rule), rule]));
}
