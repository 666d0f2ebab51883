import type { Finding } from '../../../base/finding.ts';
import { objectsAt, textAt } from '../../../base/json.ts';
import { type MeshObjects, nameOfObject } from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';
import { rulesOf } from './rule-host.ts';

/** Two subsets of one name make two filter chains with one match at east-west gateways, which refuse the whole listener. */
export function subsetDuplicateFindings(mesh: MeshObjects): readonly Finding[] {
  return mesh.members.flatMap((member) =>
    rulesOf(member).flatMap((rule): readonly Finding[] => {
      const names = objectsAt(rule.spec, ['subsets']).flatMap((subset) => textAt(subset, ['name']) ?? []);
      const twice = names.find((name, index) => names.indexOf(name) !== index);
      if (twice === undefined) return [];
      return [
        {
          code: 'subset-duplicate',
          severity: 'error',
          category: 'Config',
          cluster: member.cluster,
          object: nameOfObject(rule),
          message: `${nameOfObject(rule)} has two subsets called ${twice}: an east-west gateway that restarts refuses its listener`,
          remedy: 'give each subset a name of its own',
          evidence: seen(`subsets: ${names.join(', ')}`, `${member.cluster}: ${nameOfObject(rule)}`, mesh.readAt),
        },
      ];
    }),
  );
}
