import type { JsonObject } from '../../base/json.ts';
import type { IstiodSettings } from './snapshot.ts';

/** The minor versions of Istio that the model follows, oldest first (docs/concepts/prediction.md lists where they differ). */
export const followedMinors = [30, 31] as const;

export type FollowedMinor = (typeof followedMinors)[number];

const [oldest] = followedMinors;
const newest: FollowedMinor = 31;

/** The minor version that an istiod is predicted as: the nearest that the model follows, the newest where it is not known. */
export function followedMinor({ version }: Pick<IstiodSettings, 'version'>): FollowedMinor {
  const minor = minorOf(version);
  if (minor === undefined) return newest;
  return followedMinors.findLast((followed) => followed <= minor) ?? oldest;
}

/** True where an istiod has what came with 1.31. */
export function isSince31(istiod: Pick<IstiodSettings, 'version'>): boolean {
  return followedMinor(istiod) >= newest;
}

/** Fields of MeshConfig that 1.30 does not know and passes over (istio.io/api 1.30, mesh/v1alpha1). */
const meshConfigSince31 = ['defaultTrafficPolicy', 'serviceEntryVisibility', 'zoneAwareLbSetting'];

/** The settings as an istiod of its version reads them: what it does not know is not there. */
export function asItsVersion(istiod: IstiodSettings): IstiodSettings {
  if (isSince31(istiod)) return istiod;
  const known = Object.entries(istiod.meshConfig).filter(([name]) => !meshConfigSince31.includes(name));
  return {
    ...istiod,
    // The variable came with 1.31, and so did what it turns off.
    flags: { ...istiod.flags, PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS: 'false' },
    meshConfig: Object.fromEntries(known) satisfies JsonObject,
  };
}

/** That an istiod is of a version that the model does not follow; at most one sentence. */
export function versionAssumptions({ cluster, version }: IstiodSettings): readonly string[] {
  const minor = minorOf(version);
  if (minor === undefined || followedMinors.some((followed) => followed === minor)) return [];
  return [`The istiod of ${cluster} is version ${version}, and is taken for 1.${followedMinor({ version })}.`];
}

function minorOf(version: string | undefined): number | undefined {
  const found = /^1\.(\d+)(?:\D|$)/.exec(version ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}
