import type { Finding } from '../../../base/finding.ts';
import { isJsonObject, valueAt } from '../../../base/json.ts';
import type { KubeObject } from '../../../objects/object.ts';
import { type MeshObjects, nameOfObject } from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';
import { hostOfRule, rulesOf } from './rule-host.ts';

/** Percent of the hosts that Envoy ejects at most where a rule does not say (outlier_detection.proto). */
const defaultEjection = 10;

/** Rules that fail over by locality and cannot: without outlier detection no host is ever found unhealthy. */
export function failoverFindings(mesh: MeshObjects): readonly Finding[] {
  return mesh.members.flatMap(({ cluster, ...member }) =>
    rulesOf({ cluster, ...member }).flatMap((rule): readonly Finding[] => {
      const found = hindranceOf(rule);
      if (found === undefined) return [];
      return [
        {
          code: 'failover-ejection',
          severity: 'warning',
          category: 'Config',
          cluster,
          object: nameOfObject(rule),
          message: `${nameOfObject(rule)} asks for failover of ${hostOfRule(rule)}, and ${found}`,
          remedy: 'give it outlierDetection with maxEjectionPercent 100; a MeshService with failover comes with that',
          evidence: seen(found, `${cluster}: ${nameOfObject(rule)}`, mesh.readAt),
        },
      ];
    }),
  );
}

function hindranceOf({ spec }: KubeObject): string | undefined {
  const policy = valueAt(spec, ['trafficPolicy']);
  const setting = valueAt(policy, ['loadBalancer', 'localityLbSetting']);
  const wanted = ['failover', 'failoverPriority'].some((name) => {
    const value = valueAt(setting, [name]);
    return Array.isArray(value) && value.length > 0;
  });
  if (!wanted || valueAt(setting, ['enabled']) === false) return undefined;
  const detection = valueAt(policy, ['outlierDetection']);
  if (!isJsonObject(detection)) return 'it has no outlierDetection, without which Envoy takes every host for healthy';
  const percent = detection.maxEjectionPercent ?? defaultEjection;
  if (typeof percent !== 'number' || percent >= 100) return undefined;
  return `Envoy may eject ${percent} percent of the hosts only, so that requests still go to the others`;
}
