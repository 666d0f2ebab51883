import type { ClusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { otherMeshRemedy } from '../../base/other-mesh.ts';
import { type Action, remedy, repeat, repeatWithout } from '../../base/remedy.ts';
import { istiodDeployment } from '../../istio/revision.ts';
import { namesOf, refKey } from '../../objects/object.ts';
import { meshLabel } from '../../objects/ownership.ts';
import type { MeshTrust } from '../../trust/resolve.ts';
import type { Decision } from '../decide/decide.ts';
import { isChosen, type Scope } from '../options.ts';

/** Throws where an object of another owner stands in the way of a chosen cluster's. */
export function refuseForeign(decisions: readonly Decision[], mesh: string): void {
  const foreign = decisions.filter(({ refused }) => refused.length > 0);
  if (foreign.length === 0) return;
  const list = foreign.map(({ part, refused }) => `\n  ${part.topology.name}: ${namesOf(refused)}`).join('');
  const other = otherMeshIn(foreign, mesh);
  if (other !== undefined) {
    const message = `these clusters hold mesh ${other}, and the Mesh is called ${mesh}; nothing was changed${list}`;
    throw new IsthmusError('conflict', message, { remedy: otherMeshRemedy(other) });
  }
  throw new IsthmusError('conflict', `objects exist that do not belong to mesh ${mesh}; nothing was changed${list}`, {
    remedy: foreign.some(({ part, refused }) =>
      refused.some((ref) => refKey(ref) === refKey(istiodDeployment(part.topology))),
    )
      ? remedy`an Istio is there that Isthmus did not install: where nothing needs it, take it out as it was installed; to take it into the mesh as it is, ${adoptIstio}; then ${repeat()}`
      : remedy`where nothing needs them, remove or rename them, then ${repeat()}`,
  });
}

/** The mesh whose label the refused objects carry. */
function otherMeshIn(foreign: readonly Decision[], mesh: string): string | undefined {
  return foreign
    .flatMap(({ part, refused }) => refused.map((ref) => part.observed.live.get(refKey(ref))))
    .map((live) => live?.metadata.labels?.[meshLabel])
    .find((owner) => owner !== undefined && owner !== mesh);
}

const adoptIstio: Action = { do: 'Set', field: 'spec.istio.renderer', of: { kind: 'MeshCluster' }, value: 'Installed' };

/** A new issuer is stored in the home cluster before anything that it signed is used. */
export function refuseHomelessIssuer({ isNewIssuer }: MeshTrust, home: ClusterName, scope: Scope): void {
  if (!isNewIssuer || isChosen(home, scope)) return;
  throw new IsthmusError(
    'usage',
    `the mesh has no issuer yet, and its home cluster ${home} is not among the chosen clusters`,
    {
      remedy: remedy`first ${repeatWithout('clusters')}, or choose ${home} too`,
    },
  );
}
