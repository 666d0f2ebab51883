import type { Finding } from '../../../base/finding.ts';
import { isJsonObject, valueAt } from '../../../base/json.ts';
import { remedy, set } from '../../../base/remedy.ts';
import type { MeshObjects } from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';

/** Two ways to prefer what is near, of which istiod takes one: failover by locality then does not happen. */
export function localitySettingFindings({ istiods, readAt }: MeshObjects): readonly Finding[] {
  return istiods.flatMap(({ cluster, meshConfig }): readonly Finding[] => {
    const isSet = (name: string): boolean => isJsonObject(valueAt(meshConfig, [name]));
    const isOff = valueAt(meshConfig, ['localityLbSetting', 'enabled']) === false;
    if (!isSet('localityLbSetting') || !isSet('zoneAwareLbSetting') || isOff) return [];
    return [
      {
        code: 'locality-settings',
        severity: 'warning',
        category: 'Config',
        cluster,
        message: 'the mesh settings have localityLbSetting and zoneAwareLbSetting: the two exclude each other',
        remedy: remedy`leave one of the two out: ${set('spec.istio.meshConfig', { kind: 'Mesh' })}`,
        evidence: seen('both are set', `${cluster}: settings of istiod`, readAt),
      },
    ];
  });
}
