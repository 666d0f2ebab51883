import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../../../base/json.ts';
import { type Action, execute } from '../../../base/remedy.ts';
import type { AdoptionWish } from '../../../istio/adoption.ts';
import type { InstalledFacts } from './misfit.ts';

/** A Helm value and what it is set to, e.g. `global.network` and `us`. */
interface Setting {
  readonly path: string;
  readonly value: string;
  /** The installation has it already. */
  readonly isThere: boolean;
}

/**
 * The one command that gives an installation all that the mesh needs of it. Helm keeps the values that it was given before;
 * istioctl resets every value that a command does not name, so its command names those too that are right already.
 */
export function installationCommand(wish: AdoptionWish, facts: InstalledFacts): Action {
  const { context, revision } = wish;
  const { installer } = facts.found;
  const settings = wantedSettings(wish, facts);
  if (installer.kind === 'Helm') {
    const sets = settings.filter(({ isThere }) => !isThere).flatMap(({ path, value }) => ['--set', `${path}=${value}`]);
    const place = ['-n', 'istio-system', '--kube-context', context, '--reuse-values'];
    return execute('helm', 'upgrade', installer.release, 'istio/istiod', ...place, ...sets);
  }
  const named = revision === 'default' ? [] : ['--revision', revision];
  const sets = settings.flatMap(({ path, value }) => [
    '--set',
    `${path.startsWith('meshConfig.') ? path : `values.${path}`}=${value}`,
  ]);
  return execute('istioctl', 'install', '--context', context, ...named, ...sets);
}

function wantedSettings(wish: AdoptionWish, { istiod }: InstalledFacts): readonly Setting[] {
  const { proxies } = istiod;
  const isNamed = istiod.cluster === wish.cluster && proxies.cluster === wish.cluster;
  const isDefaultDomain = wish.trustDomain === 'cluster.local' && istiod.trustDomain === 'cluster.local';
  return [
    { path: 'global.multiCluster.clusterName', value: wish.cluster, isThere: isNamed },
    { path: 'global.network', value: wish.network, isThere: proxies.network === wish.network },
    { path: 'global.meshID', value: wish.mesh, isThere: proxies.mesh === wish.mesh },
    ...(isDefaultDomain
      ? []
      : [
          {
            path: 'meshConfig.trustDomain',
            value: wish.trustDomain,
            isThere: istiod.trustDomain === wish.trustDomain,
          },
        ]),
    ...(wish.servesRemotes ? [{ path: 'global.externalIstiod', value: 'true', isThere: istiod.servesRemotes }] : []),
    ...networkSettings(wish, istiod.meshNetworks),
    ...serviceSettings(wish, istiod.serviceSettings),
  ];
}

function networkSettings({ meshNetworks = {} }: AdoptionWish, there: JsonObject): readonly Setting[] {
  return Object.entries(meshNetworks).flatMap(([network, wanted]) => {
    const isThere = canonicalJson(there[network]) === canonicalJson(wanted);
    const under = `global.meshNetworks.${network.replaceAll('.', '\\.')}`;
    return leavesOf(wanted, under).map((leaf) => ({ ...leaf, isThere }));
  });
}

/** A list is given as a whole: neither program adds to one. */
function serviceSettings({ serviceSettings: wanted }: AdoptionWish, there: readonly Json[]): readonly Setting[] {
  const missing = wanted.filter((one) => !there.some((other) => canonicalJson(one) === canonicalJson(other)));
  if (wanted.length === 0) return [];
  return leavesOf([...there, ...missing], 'meshConfig.serviceSettings').map((leaf) => ({
    ...leaf,
    isThere: missing.length === 0,
  }));
}

/** Every value of a JSON text with its path, as `--set` of both programs takes it. */
function leavesOf(value: Json | undefined, path: string): readonly Omit<Setting, 'isThere'>[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: Json, index: number) => leavesOf(item, `${path}[${index}]`));
  }
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${path}.${key.replaceAll('.', '\\.')}`));
  }
  return [{ path, value: String(value).replaceAll(',', '\\,') }];
}
