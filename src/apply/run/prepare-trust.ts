import { IsthmusError } from '../../base/error.ts';
import { type Action, remedy, repeat } from '../../base/remedy.ts';
import { openLock } from '../../fleet/lock.ts';
import { whenServed } from '../../kube/objects/when-served.ts';
import { observe } from '../../observe/observe.ts';
import { rootToFiles } from '../../pki/stored.ts';
import type { StagedObject } from '../../plan/desired.ts';
import type { ResolvedMesh } from '../../topology/resolved-mesh.ts';
import { resolveIssuer } from '../../trust/issuer.ts';
import { issuerObjects, issuerRefsOf } from '../../trust/stored-issuer.ts';
import { caCertsPlaces } from '../../trust/trust-secrets.ts';
import type { MeshPorts } from '../options.ts';
import { digest } from '../read/digest.ts';
import { createWriter } from './writer.ts';

/** What a mesh's trust needs before somebody without the root's key, such as an operator, can apply the mesh. */
export interface TrustPreparation {
  readonly mesh: ResolvedMesh;
  readonly ports: Pick<MeshPorts, 'clients' | 'roots' | 'crypto' | 'clock' | 'signal' | 'holder' | 'onEvent'>;
}

/** `Made`: root or issuer were made and stored in this run. `There`: the issuer was there, or the mesh needs none. */
export interface PreparedTrust {
  readonly issuer: 'Made' | 'There';
  /** Where a root that was just made is. */
  readonly rootFolder: string | undefined;
}

/**
 * Sees to it that the home cluster has the mesh's issuer, as an apply does, and does nothing else of an apply. Nothing of other
 * clusters is looked at: what they hold is compared with the issuer by whoever applies the mesh.
 */
export async function prepareTrust({ mesh, ports }: TrustPreparation): Promise<PreparedTrust> {
  const { clients, roots, crypto, clock, signal, holder } = ports;
  const { declared, home, topology } = mesh;
  refuseFiles(mesh);
  const client = clients.get(home);
  if (client === undefined) throw new IsthmusError('internal', 'the home cluster was not connected to');
  await using lock = openLock({ client, mesh: mesh.name, holder, clock, signal, onHeld: () => undefined });
  await lock.hold(undefined);
  const held = caCertsPlaces(topology).flatMap(({ heldBy, ref }) => (heldBy === home ? [ref] : []));
  const whole = [...issuerRefsOf(declared), ...held];
  const observed = await observe(client, { listed: [], whole, signal });
  const environment = { crypto, now: clock.now() };
  const resolved = await resolveIssuer({ mesh, roots, observed: new Map([[home, observed]]), environment });
  const { issuer, isNew, newRoot, wrapping, refused } = resolved;
  if (refused.length > 0) {
    throw new IsthmusError('trust-invalid', `the issuer of the mesh cannot sign: ${refused.join('; ')}`, {
      cluster: home,
    });
  }
  if (issuer === undefined || !isNew) return { issuer: 'There', rootFolder: undefined };
  // The root first: an issuer whose root is nowhere could never be followed by another.
  if (newRoot !== undefined) await roots.write(mesh.name, rootToFiles(newRoot));
  const stored = await issuerObjects(issuer, { mesh: mesh.name, crypto, wrapping });
  const writer = createWriter({
    cluster: home,
    client,
    mesh: mesh.name,
    digest,
    drift: declared.mesh.spec.drift,
    live: observed.live,
    signal: lock.signal,
    beforeWrite: async () => undefined,
  });
  const write = async (object: StagedObject): Promise<void> => void (await writer.ensure([object]));
  await whenServed(() => write(stored.wrapping), ports);
  await write(stored.secret);
  return { issuer: 'Made', rootFolder: newRoot === undefined ? undefined : roots.folder(mesh.name) };
}

/** A pod has no files of its user's. */
function refuseFiles({ declared: { mesh } }: ResolvedMesh): void {
  if (mesh.spec.trust.issuer.files === undefined) return;
  const secret: Action = {
    do: 'Set',
    field: 'spec.trust.issuer.secret',
    of: { kind: 'Mesh', name: mesh.metadata.name },
  };
  throw new IsthmusError(
    'invalid-config',
    'the issuer of the mesh is in files of this machine, which an operator in a pod cannot read; nothing was changed',
    { remedy: remedy`put it into a Secret of isthmus-system, ${secret}, then ${repeat()}` },
  );
}
