import type { Finding } from '../../../base/finding.ts';
import { isJsonObject, valueAt } from '../../../base/json.ts';
import type { KubeObject } from '../../../objects/object.ts';
import { type MemberObjects, type MeshObjects, nameOfObject, objectsOfKind } from '../../facts/mesh-objects.ts';
import { firstOf, seen } from '../../facts/reading.ts';
import { hostOfRule, rulesOf } from './rule-host.ts';
import { isServedIn } from './served-in.ts';

const regionLabel = 'topology.kubernetes.io/region';

/**
 * Outlier detection turns on what the mesh's settings have by default: hosts in the caller's region get all of its
 * requests while they are healthy (pilot/pkg/networking/core/loadbalancer).
 */
export function outlierLocalityFindings(mesh: MeshObjects): readonly Finding[] {
  return mesh.members.flatMap((member) => {
    if (saysItself(mesh, member.cluster)) return [];
    return rulesOf(member).flatMap((rule): readonly Finding[] => {
      const [here] = regionsOf(member);
      if (here === undefined || !prefersSilently(rule)) return [];
      const [name = '', namespace] = hostOfRule(rule).split('.');
      const serving = mesh.members.filter((other) => isServedIn(other, { namespace, name }));
      const farther = serving.filter((other) => regionsOf(other).every((region) => region !== here));
      if (!serving.includes(member) || farther.length === 0) return [];
      return [finding(member, rule, { here, idle: farther.map(({ cluster }) => cluster), readAt: mesh.readAt })];
    });
  });
}

interface Preferring {
  readonly here: string;
  readonly idle: readonly string[];
  readonly readAt: string;
}

function finding({ cluster }: MemberObjects, rule: KubeObject, { here, idle, readAt }: Preferring): Finding {
  const object = nameOfObject(rule);
  return {
    code: 'outlier-locality',
    severity: 'info',
    category: 'DataPath',
    cluster,
    object,
    message: `${object} has outlierDetection, by which callers prefer what is near: those in ${here} send nothing to ${firstOf(idle)} while hosts of their region are healthy`,
    remedy:
      'where requests are to be spread, set trafficPolicy.loadBalancer.localityLbSetting.enabled to false; where not, all is well',
    evidence: seen('it sets outlierDetection and no localityLbSetting', `${cluster}: ${object}`, readAt),
  };
}

/** The settings of the mesh say how localities are preferred, or that they are not. */
function saysItself({ istiods }: MeshObjects, cluster: string): boolean {
  const { meshConfig } = istiods.find((one) => one.cluster === cluster) ?? {};
  return isJsonObject(valueAt(meshConfig, ['localityLbSetting']));
}

function prefersSilently({ spec }: KubeObject): boolean {
  const policy = valueAt(spec, ['trafficPolicy']);
  const isSet = (...path: readonly string[]): boolean => isJsonObject(valueAt(policy, path));
  return isSet('outlierDetection') && !isSet('loadBalancer', 'localityLbSetting');
}

function regionsOf(member: MemberObjects): readonly string[] {
  const regions = objectsOfKind(member, '', 'Node').flatMap(({ metadata }) => metadata.labels?.[regionLabel] ?? []);
  return [...new Set(regions)].toSorted();
}
