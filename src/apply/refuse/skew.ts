import { IsthmusError } from '../../base/error.ts';
import { valueAt } from '../../base/json.ts';
import { istioNamespace } from '../../istio/names.ts';
import { istiodDeployment } from '../../istio/revision.ts';
import { istiodSkew, kubernetesSkew, proxySkew, type VersionedIstiod } from '../../istio/skew.ts';
import { refKey } from '../../objects/object.ts';
import { controlPlaneOf, readControlPlanes } from '../../observe/control-plane.ts';
import { readProxies } from '../../observe/proxies.ts';
import type { Decision, StagedChange } from '../decide/decide.ts';
import type { Prepared } from '../read/prepare.ts';

/**
 * Throws `version-skew` where an istiod would be made or changed into a version that does not go with what is there:
 * with another istiod of the mesh, with proxies that it would serve, or with Kubernetes. A run that leaves every istiod
 * as it is asks nothing.
 */
export async function refuseSkew(
  decisions: readonly Decision[],
  prepared: readonly Prepared[],
  signal: AbortSignal,
): Promise<void> {
  const changing = decisions.flatMap(({ part, changes }) => {
    const istiod = refKey(istiodDeployment(part.topology));
    const change = changes.find((one) => refKey(one.change.ref) === istiod);
    return change === undefined ? [] : [{ part, version: versionOf(change) }];
  });
  const [first] = changing;
  if (first === undefined) return;
  const present = await Promise.all(prepared.map((part) => readIstiods(part, signal)));
  const problems = await Promise.all(
    changing.map(async ({ part, version }) => {
      if (version === undefined) return [];
      const here = present.flat().find((one) => isReplaced(one, part));
      return [
        ...(await proxyProblems(part, here, version, signal)),
        ...(await kubernetesProblems(part, version, signal)),
      ];
    }),
  );
  const versions = new Set(changing.flatMap(({ version }) => version ?? []));
  const found = [...[...versions].flatMap((version) => istiodSkew(version, present.flat())), ...problems.flat()];
  if (found.length === 0) return;
  throw new IsthmusError(
    'version-skew',
    `versions that do not go together; nothing was changed\n  ${found.join('\n  ')}`,
    {
      remedy: 'change spec.istio.version of the Mesh, or bring the others closer first; docs/upgrades.md has the rules',
    },
  );
}

function versionOf({ change }: StagedChange): string | undefined {
  return controlPlaneOf(change.object).version;
}

async function readIstiods({ topology, client }: Prepared, signal: AbortSignal): Promise<readonly VersionedIstiod[]> {
  const found = await readControlPlanes({ client, namespace: istioNamespace }, signal);
  return found.map(({ revision, version }) => ({ cluster: topology.name, revision, version }));
}

function isReplaced({ cluster, revision }: VersionedIstiod, { topology }: Prepared): boolean {
  return cluster === topology.name && revision === topology.revision;
}

const namedProxies = 3;

/** The proxies of `here`, an istiod that is replaced by another version; undefined where none is. */
async function proxyProblems(
  { topology, client }: Prepared,
  here: VersionedIstiod | undefined,
  version: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (here === undefined || here.version === version) return [];
  const proxies = await readProxies({ client, namespace: istioNamespace }, topology.revision, signal);
  // A downgrade leaves proxies that are too new; they are restarted after it.
  const unsupported = proxies
    .filter((proxy) => proxySkew(version, proxy.version) === 'TooOld')
    .map((proxy) => `${proxy.namespace}/${proxy.name} (${proxy.version})`);
  if (unsupported.length === 0) return [];
  const more = unsupported.length > namedProxies ? ` and ${unsupported.length - namedProxies} more` : '';
  const names = unsupported.slice(0, namedProxies).join(', ');
  return [`${topology.name}: proxies too old for istiod ${version}, so restart their pods first: ${names}${more}`];
}

async function kubernetesProblems(
  { topology, client }: Prepared,
  version: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const kubernetes = valueAt(await client.raw({ method: 'GET', path: '/version', signal }), ['gitVersion']);
  const why = typeof kubernetes === 'string' ? kubernetesSkew(version, kubernetes) : undefined;
  return why === undefined ? [] : [`${topology.name}: ${why}`];
}
