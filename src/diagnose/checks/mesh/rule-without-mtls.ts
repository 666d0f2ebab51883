import type { Finding } from '../../../base/finding.ts';
import { textAt } from '../../../base/json.ts';
import { type MeshObjects, nameOfObject, objectsOfKind, spansNetworks } from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';
import { hostOfRule, rulesOf } from './rule-host.ts';

/** A DestinationRule by which callers do not use mutual TLS of the mesh: its hosts on other networks are left out. */
export function ruleWithoutMtlsFindings(mesh: MeshObjects): readonly Finding[] {
  if (!spansNetworks(mesh)) return [];
  const services = new Set(
    mesh.members.flatMap((member) =>
      objectsOfKind(member, '', 'Service').map(({ metadata: { name, namespace } }) => `${name}.${namespace}.svc`),
    ),
  );
  return mesh.members.flatMap((member) =>
    rulesOf(member).flatMap((rule): readonly Finding[] => {
      const mode = textAt(rule.spec, ['trafficPolicy', 'tls', 'mode']);
      const host = hostOfRule(rule);
      const isOfMesh = services.has(host.split('.').slice(0, 3).join('.'));
      if (mode === undefined || mode === 'ISTIO_MUTUAL' || !isOfMesh) return [];
      return [
        {
          code: 'rule-without-mtls',
          severity: 'warning',
          category: 'Policy',
          cluster: member.cluster,
          object: nameOfObject(rule),
          message: `${nameOfObject(rule)} sends requests to ${host} with tls.mode ${mode}: endpoints on other networks get none, and pods that are strict refuse them`,
          remedy: 'set trafficPolicy.tls.mode to ISTIO_MUTUAL, or leave tls out',
          evidence: seen(`trafficPolicy.tls.mode is ${mode}`, `${member.cluster}: ${nameOfObject(rule)}`, mesh.readAt),
        },
      ];
    }),
  );
}
