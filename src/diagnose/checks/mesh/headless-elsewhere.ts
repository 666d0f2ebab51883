import type { Finding } from '../../../base/finding.ts';
import { textAt } from '../../../base/json.ts';
import type { KubeObject } from '../../../objects/object.ts';
import { type MemberObjects, type MeshObjects, nameOfObject, objectsOfKind } from '../../facts/mesh-objects.ts';
import { firstOf, seen } from '../../facts/reading.ts';
import { isServedIn } from './served-in.ts';

/**
 * A headless Service, as StatefulSets have: callers choose the address of a pod, and no gateway passes that on. Where its
 * pods are on other networks alone, its name leads nowhere.
 */
export function headlessElsewhereFindings({ members, readAt }: MeshObjects): readonly Finding[] {
  return members.flatMap((member) =>
    objectsOfKind(member, '', 'Service')
      .filter(isHeadless)
      .flatMap((service): readonly Finding[] => {
        const serving = members.filter((other) => hasSame(other, service) && isServedIn(other, service.metadata));
        const elsewhere = serving.map(({ cluster }) => cluster);
        if (elsewhere.length === 0 || serving.some(({ network }) => network === member.network)) return [];
        const name = nameOfObject(service);
        return [
          {
            code: 'headless-elsewhere',
            severity: 'warning',
            category: 'DataPath',
            cluster: member.cluster,
            object: name,
            message: `${name} is headless and has pods in ${firstOf(elsewhere)} alone: callers choose the address of a pod, and no gateway passes that on`,
            remedy: 'call a Service with an address of its own; for pods by name, one for each pod',
            evidence: seen('no endpoint on this network is ready', `${member.cluster}: ${name}`, readAt),
          },
        ];
      }),
  );
}

function isHeadless({ spec }: KubeObject): boolean {
  return textAt(spec, ['clusterIP']) === 'None';
}

function hasSame(member: MemberObjects, { metadata }: KubeObject): boolean {
  return objectsOfKind(member, '', 'Service').some(
    (one) => one.metadata.name === metadata.name && one.metadata.namespace === metadata.namespace && isHeadless(one),
  );
}
