import type { Finding } from '../../../base/finding.ts';
import { type Remedy, remedy, run, runOn, set } from '../../../base/remedy.ts';
import type { RemoteCluster } from '../../../istio/remote-secret.ts';
import type { MeshObjects, RemoteSecretFacts } from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';

type Named = RemoteSecretFacts & { readonly remote: RemoteCluster };

/** Remote secrets that cannot work, that are there twice, or that lead to clusters which the mesh does not have. */
export function remoteSecretFindings(mesh: MeshObjects): readonly Finding[] {
  const all = mesh.remoteSecrets.flatMap((secret) => secret.remotes.map((remote): Named => ({ ...secret, remote })));
  const byPlace = Map.groupBy(all, ({ cluster, remote }) => `${cluster} ${remote.cluster}`);
  return [
    ...[...byPlace.values()].flatMap((same) => doubleFindings(same, mesh)),
    ...all.flatMap((one) => brokenFindings(one, mesh)),
    ...all.flatMap((one) => leftoverFindings(one, mesh)),
  ];
}

/** Which of two secrets for one cluster istiod takes is chance (pkg/kube/multicluster/secretcontroller.go). */
function doubleFindings(same: readonly Named[], mesh: MeshObjects): readonly Finding[] {
  const [first, ...others] = same;
  if (first === undefined || others.length === 0) return [];
  const names = same.map(({ name }) => name).toSorted();
  const message = `${names.length} remote secrets lead to ${first.remote.cluster} (${names.join(', ')}): which of them istiod takes is chance`;
  return [finding(first, mesh, { message, remedy: 'delete those that are not of this mesh', fact: names.join(', ') })];
}

function brokenFindings(one: Named, mesh: MeshObjects): readonly Finding[] {
  const { name, remote } = one;
  const found = faultOf(remote, Date.parse(mesh.readAt));
  if (found === undefined) return [];
  const { words, remedy: hint } = found;
  return [
    finding(one, mesh, {
      message: `Secret ${name} cannot lead to ${remote.cluster}: ${words}`,
      remedy: hint,
      fact: words,
    }),
  ];
}

interface Fault {
  readonly words: string;
  readonly remedy: Remedy;
}

function faultOf(remote: RemoteCluster, now: number): Fault | undefined {
  const again = remedy`${run('apply')} makes a remote secret of the mesh again; another one has to be made as it was made`;
  if (!remote.readable) return { words: remote.problem, remedy: again };
  if (remote.credential === 'None') return { words: 'it holds no credential', remedy: again };
  if (remote.expires !== undefined && remote.expires <= now) {
    return { words: `its token ended at ${new Date(remote.expires).toISOString()}`, remedy: again };
  }
  if (!isLoopback(remote.server)) return undefined;
  const field = set('spec.peerServer', { kind: 'MeshCluster', name: remote.cluster });
  return {
    words: `its address ${remote.server} means every machine itself`,
    remedy: remedy`${field} to an address that pods of other clusters reach, then ${run('apply')}`,
  };
}

function isLoopback(server: string): boolean {
  const host = /^https?:\/\/(\[[^\]]*\]|[^:/]+)/.exec(server)?.[1] ?? '';
  return host === 'localhost' || host === '[::1]' || host === '0.0.0.0' || /^127\./.test(host);
}

/** istiod goes on reading a cluster that left, and sends requests to what it knew there. */
function leftoverFindings(one: Named, mesh: MeshObjects): readonly Finding[] {
  const { name, remote } = one;
  if (mesh.names.includes(remote.cluster)) return [];
  const message = `Secret ${name} leads to ${remote.cluster}, which is no cluster of the mesh: its istiod still sends requests there`;
  const hint = remedy`where ${remote.cluster} has left, delete the Secret, or take it out with ${runOn(remote.cluster, 'leave', { clusterLost: true })}; where it belongs to the mesh, declare it`;
  return [
    { ...finding(one, mesh, { message, remedy: hint, fact: `it names ${remote.cluster}` }), severity: 'warning' },
  ];
}

function finding(
  { cluster, name, remote }: Named,
  { readAt }: MeshObjects,
  { message, remedy: hint, fact }: { readonly message: string; readonly remedy: Remedy; readonly fact: string },
): Finding {
  return {
    code: 'remote-secret',
    severity: 'error',
    category: 'Discovery',
    cluster,
    peer: remote.cluster,
    object: `Secret ${name}`,
    message,
    remedy: hint,
    evidence: seen(fact, `${cluster}: Secret ${name}`, readAt),
  };
}
