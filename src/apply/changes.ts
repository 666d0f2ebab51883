import { createHash } from 'node:crypto';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { describeRef, type ObjectRef, refKey, refOf } from '../objects/object.ts';
import { type Change, planObject } from '../plan/change.ts';
import type { StagedObject } from '../plan/desired.ts';
import { istiodDeployment, peerSecret, readPeerFact } from './apply-cluster.ts';
import { type ApplyMeshOptions, isChosen } from './options.ts';
import type { Prepared } from './prepare.ts';
import type { ClusterOutcome } from './report.ts';
import type { MeshTrust } from './trust.ts';

/** SHA-256 in hex: what tells two wanted states of an object apart. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Throws where an object of somebody else stands in the way of a chosen cluster's. */
export function refuseForeign(prepared: readonly Prepared[], options: ApplyMeshOptions): void {
  const mesh = options.declared.mesh.metadata.name;
  const foreign = prepared.flatMap((part) => {
    const { name, peers } = part.topology;
    const secrets = peers.map((peer) => peerSecret(mesh, peer));
    const changes = isChosen(name, options)
      ? changesOf({ ...part, objects: [...part.objects, ...secrets] }, options)
      : [];
    const refs = changes.filter(({ action }) => action === 'Refuse').map(({ ref }) => ref);
    return refs.length === 0 ? [] : [{ name, refs }];
  });
  if (foreign.length === 0) return;
  const all = foreign.flatMap(({ refs }) => refs);
  const list = foreign.map(({ name, refs }) => `\n  ${name}: ${namesOf(refs)}`).join('');
  throw new IsthmusError('conflict', `objects exist that do not belong to mesh ${mesh}; nothing was changed${list}`, {
    hint: all.some((ref) => refKey(ref) === refKey(istiodDeployment))
      ? 'an Istio is there that Isthmus did not install: where nothing needs it, remove it with `istioctl uninstall --purge` in each of these clusters, then run apply again'
      : 'where nothing needs them, remove or rename them, then run apply again',
  });
}

const namesShown = 5;

function namesOf(refs: readonly ObjectRef[]): string {
  const shown = refs.slice(0, namesShown).map(describeRef).join(', ');
  return refs.length > namesShown ? `${shown} and ${refs.length - namesShown} more` : shown;
}

/** A new issuer is stored in the home cluster before anything that it signed is used. */
export function refuseHomelessIssuer({ isNewIssuer }: MeshTrust, options: ApplyMeshOptions): void {
  const home = options.declared.home.metadata.name;
  if (!isNewIssuer || isChosen(home, options)) return;
  throw new IsthmusError('usage', `the mesh has no issuer yet, and its home cluster ${home} is not among --clusters`, {
    hint: `run apply without --clusters first, or add ${home}`,
  });
}

function changesOf({ objects, observed }: Prepared, { declared }: ApplyMeshOptions): readonly Change[] {
  const mesh = declared.mesh.metadata.name;
  return objects.map((wanted) => planObject(wanted, observed.live.get(refKey(refOf(wanted.object))), { mesh, digest }));
}

/** What an apply would do to each chosen cluster. */
export async function dryRun(
  prepared: readonly Prepared[],
  options: ApplyMeshOptions,
): Promise<readonly ClusterOutcome[]> {
  const mesh = options.declared.mesh.metadata.name;
  const secrets = new Map(
    await Promise.all(
      prepared.map(async (part) => [part.topology.name, await secretFor(mesh, part, options)] as const),
    ),
  );
  return prepared
    .filter(({ topology }) => isChosen(topology.name, options))
    .map((part) => {
      // An unreachable peer has none here: its secret stays as it is.
      const ofPeers = part.topology.peers.flatMap((peer) => secrets.get(peer) ?? []);
      const changes = changesOf({ ...part, objects: [...part.objects, ...ofPeers] }, options);
      return {
        cluster: part.topology.name,
        outcome: 'Planned',
        changes: changes.filter((change) => change.action !== 'Unchanged'),
      };
    });
}

/** The remote secret that a cluster's peers are to have of it; without its content where the cluster has no reader yet. */
async function secretFor(
  mesh: string,
  { topology, client }: Prepared,
  { signal }: ApplyMeshOptions,
): Promise<StagedObject> {
  try {
    return peerSecret(mesh, topology.name, await readPeerFact({ topology, client, signal }));
  } catch (error) {
    if (asIsthmusError(error).code === 'not-found') return peerSecret(mesh, topology.name);
    throw error;
  }
}
