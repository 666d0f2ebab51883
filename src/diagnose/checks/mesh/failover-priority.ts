import type { Finding } from '../../../base/finding.ts';
import { valueAt } from '../../../base/json.ts';
import { networkLabel } from '../../../istio/names.ts';
import type { KubeObject } from '../../../objects/object.ts';
import { type MeshObjects, nameOfObject, spansNetworks } from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';
import { hostOfRule, rulesOf } from './rule-host.ts';

/** All that istiod knows of an endpoint behind a gateway (pilot/pkg/xds/endpoints/ep_filters.go). */
const ofGateways: readonly string[] = ['topology.istio.io/cluster', networkLabel];

/**
 * Rules that order failover by labels of pods, which endpoints behind a gateway lack: they count as different there,
 * however alike the pods are. Where the network comes first, what is behind gateways is meant to come last.
 */
export function failoverPriorityFindings(mesh: MeshObjects): readonly Finding[] {
  if (!spansNetworks(mesh)) return [];
  return mesh.members.flatMap((member) =>
    rulesOf(member).flatMap((rule): readonly Finding[] => {
      const labels = labelsOf(rule);
      const lacking = labels.filter((label) => !ofGateways.includes(label));
      if (lacking.length === 0 || labels[0] === networkLabel) return [];
      const object = nameOfObject(rule);
      return [
        {
          code: 'failover-priority',
          severity: 'warning',
          category: 'Config',
          cluster: member.cluster,
          object,
          message: `${object} orders failover of ${hostOfRule(rule)} by ${lacking.join(', ')}, which endpoints of other networks lack: they come last, whatever their pods are labelled with`,
          remedy: `order by ${ofGateways.join(' and ')}, which gateways have, or put ${networkLabel} first where other networks are to come last`,
          evidence: seen(`failoverPriority: ${labels.join(', ')}`, `${member.cluster}: ${object}`, mesh.readAt),
        },
      ];
    }),
  );
}

/** The labels of `failoverPriority`, without the values that they may be compared with. */
function labelsOf({ spec }: KubeObject): readonly string[] {
  const setting = valueAt(spec, ['trafficPolicy', 'loadBalancer', 'localityLbSetting']);
  const entries = valueAt(setting, ['failoverPriority']);
  if (!Array.isArray(entries) || valueAt(setting, ['enabled']) === false) return [];
  return entries.flatMap((entry) => (typeof entry === 'string' ? (entry.split('=')[0] ?? []) : []));
}
