import type { ClusterName } from '../../api/name.ts';
import { asIsthmusError, endedBy, IsthmusError } from '../../base/error.ts';
import { remedy, run } from '../../base/remedy.ts';
import { openLock } from '../../fleet/lock.ts';
import { istioNamespace } from '../../istio/names.ts';
import { readerCredential, readerName } from '../../istio/reader.ts';
import { type RemoteAccess, remoteAccess, remoteSecret, remoteSecretRef } from '../../istio/remote-secret.ts';
import { renewedToken, type TokenMark, tokenDueAt, tokenEndingFrom } from '../../istio/renewed-token.ts';
import type { KubeClient } from '../../kube/client.ts';
import { requestToken } from '../../kube/token-request.ts';
import { type KubeObject, refKey, refOf } from '../../objects/object.ts';
import { meshLabel } from '../../objects/ownership.ts';
import { type IstiodPlace, istiodPlace } from '../../observe/istiod.ts';
import { ownedObject } from '../../plan/desired.ts';
import type { ApplyRequest } from '../options.ts';
import { digest } from '../read/digest.ts';
import { readerToken } from '../read/read-facts.ts';
import { awaitSwap, heldNow } from './await-swap.ts';
import { applyReporter } from './events.ts';
import { createWriter } from './writer.ts';

/** How long a token lasts with which an istiod reads another cluster, in seconds. */
export const readerTokenSeconds = 24 * 3600;

/** What became of the token with which one cluster reads another. */
export type TokenOutcome = { readonly peer: ClusterName } & (
  | ({ readonly outcome: 'Current'; readonly dueAt: number } & TokenEnd)
  /** `endpoints`: how many an istiod holds of the peer, as many as before; undefined where the token before was refused. */
  | ({ readonly outcome: 'Renewed'; readonly dueAt: number; readonly endpoints: number | undefined } & TokenEnd)
  /** An istiod lost what it held of the peer with the new token: the old one is back. */
  | ({ readonly outcome: 'Undone'; readonly loss: string } & Partial<TokenEnd>)
  | ({ readonly outcome: 'Failed'; readonly error: IsthmusError } & Partial<TokenEnd>)
  /** Its token is the endless one. */
  | { readonly outcome: 'Endless' }
  /** It has no remote secret of this mesh: the next apply writes one. */
  | { readonly outcome: 'Left' }
);

/** Of the token in use, in milliseconds since the epoch; left out where it does not end. */
export interface TokenEnd {
  readonly notAfter: number;
  /** From when on it is about to end. */
  readonly endingFrom: number;
}

export interface TokenRenewal {
  /** The cluster whose remote secrets are looked at. */
  readonly reader: ClusterName;
  /** What was asked for by annotation, by the peer: a value that was not followed yet renews its token at once. */
  readonly asked: ReadonlyMap<ClusterName, string>;
  /** The API servers of these peers refuse the tokens in use: they are renewed at once. */
  readonly refused?: readonly ClusterName[] | undefined;
  /** Only these peers; left out, all. */
  readonly peers?: readonly ClusterName[] | undefined;
  /** `Endless`: the tokens that never end take the place of those that nobody will renew. Default `Renewed`. */
  readonly tokens?: 'Renewed' | 'Endless' | undefined;
}

/**
 * Renews the tokens with which a cluster reads its peers where they are past half of their lives, or never end, one after the
 * other. The old one is valid until its own end. After each swap every istiod must hold of the peer what it held before; otherwise
 * the old secret comes back.
 */
export async function renewTokens(request: ApplyRequest, renewal: TokenRenewal): Promise<readonly TokenOutcome[]> {
  const { mesh, ports } = request;
  const { clients, clock, holder, signal } = ports;
  const topology = mesh.topology.clusters.find(({ name }) => name === renewal.reader);
  const client = clients.get(renewal.reader);
  const home = clients.get(mesh.home);
  if (topology === undefined || client === undefined || home === undefined) {
    throw ports.unreachable.get(client === undefined ? renewal.reader : mesh.home) ?? new Error('no such cluster');
  }
  const report = applyReporter('apply', ports);
  const onHeld = (message: string): void => report({ type: 'Notice', cluster: mesh.home, details: { message } });
  await using lock = (ports.openLock ?? openLock)({ client: home, mesh: mesh.name, holder, clock, signal, onHeld });
  const place = istiodPlace(topology, (name) => clients.get(name));
  const outcomes: TokenOutcome[] = [];
  for (const peer of topology.peers.filter((one) => renewal.peers?.includes(one) ?? true)) {
    const work: PeerWork = { request, reader: renewal.reader, peer, client, place, hold: () => lock.hold(undefined) };
    const isEnding = renewal.tokens !== 'Endless';
    const asking = { asked: renewal.asked.get(peer), isRefused: renewal.refused?.includes(peer) === true };
    outcomes.push(isEnding ? await renewOne(work, asking) : await restoreOne(work));
  }
  return outcomes;
}

interface PeerWork {
  readonly request: ApplyRequest;
  readonly reader: ClusterName;
  readonly peer: ClusterName;
  /** The reader's. */
  readonly client: KubeClient;
  readonly place: IstiodPlace | undefined;
  readonly hold: () => Promise<unknown>;
}

/** What a remote secret holds now. */
interface Held {
  readonly secret: KubeObject;
  readonly access: RemoteAccess;
  readonly mark: TokenMark | undefined;
}

interface Asking {
  /** What was asked for by annotation. */
  readonly asked: string | undefined;
  readonly isRefused: boolean;
}

async function renewOne(work: PeerWork, { asked, isRefused }: Asking): Promise<TokenOutcome> {
  const { peer, request } = work;
  let end: Partial<TokenEnd> = {};
  try {
    const held = await readHeld(work);
    if (held === undefined) return { peer, outcome: 'Left' };
    end = endOf(held);
    const dueAt = tokenDueAt(held.access.token);
    const isAsked = asked !== undefined && asked !== held.mark?.asked;
    const now = request.ports.clock.now() - (work.client.clockLagMs?.() ?? 0);
    const isDue = isAsked || isRefused || now >= dueAt;
    if (isEnd(end) && !isDue) return { peer, outcome: 'Current', dueAt, ...end };
    return await swap(work, held, { asked, isRefused });
  } catch (thrown) {
    const { signal } = request.ports;
    if (signal.aborted) throw endedBy(signal, `the token for ${peer} was not renewed`, { cluster: work.reader });
    return { peer, outcome: 'Failed', error: asIsthmusError(thrown), ...end };
  }
}

function isEnd(end: Partial<TokenEnd>): end is TokenEnd {
  return end.notAfter !== undefined;
}

function endOf({ access: { token }, mark }: Held): Partial<TokenEnd> {
  if (mark === undefined) return {};
  return { notAfter: mark.notAfter, endingFrom: tokenEndingFrom(token) ?? mark.notAfter };
}

async function restoreOne(work: PeerWork): Promise<TokenOutcome> {
  const { peer, request } = work;
  const { clients, unreachable, signal } = request.ports;
  let end: Partial<TokenEnd> = {};
  try {
    const held = await readHeld(work);
    if (held === undefined) return { peer, outcome: 'Left' };
    if (held.mark === undefined) return { peer, outcome: 'Endless' };
    end = endOf(held);
    const target = clients.get(peer);
    if (target === undefined) throw unreachable.get(peer) ?? new Error('no such cluster');
    const secret = await target.get(readerToken, { signal });
    const endless = secret === undefined ? undefined : readerCredential(secret);
    if (endless === undefined) {
      throw new IsthmusError('not-found', `${peer} has no Secret ${istioNamespace}/${readerToken.name} with a token`, {
        cluster: peer,
        remedy: remedy`${run('apply')} makes it`,
      });
    }
    await write(work, held.secret, { ...held.access, token: endless.token });
    return { peer, outcome: 'Endless' };
  } catch (thrown) {
    if (signal.aborted) throw endedBy(signal, `the token for ${peer} was not put back`, { cluster: work.reader });
    return { peer, outcome: 'Failed', error: asIsthmusError(thrown), ...end };
  }
}

async function readHeld({ client, peer, request }: PeerWork): Promise<Held | undefined> {
  const secret = await client.get(remoteSecretRef(peer), { signal: request.ports.signal });
  const access = secret === undefined ? undefined : remoteAccess(secret, peer);
  if (secret === undefined || access === undefined) return undefined;
  if (secret.metadata.labels?.[meshLabel] !== request.mesh.name) return undefined;
  return { secret, access, mark: renewedToken(secret, access.token) };
}

async function swap(work: PeerWork, held: Held, { asked, isRefused }: Asking): Promise<TokenOutcome> {
  const { request, peer, place } = work;
  const { clients, clock, signal, unreachable } = request.ports;
  const target = clients.get(peer);
  if (target === undefined) throw unreachable.get(peer) ?? new Error('no such cluster');
  const look = { peer, target, clock, signal };
  const before = await heldNow(place, look).catch((thrown: unknown) => {
    // An istiod whose token is refused may have read nothing with it: there is nothing to lose.
    if (isRefused && !signal.aborted) return [];
    throw thrown;
  });
  const account = { namespace: istioNamespace, account: readerName, seconds: readerTokenSeconds, signal };
  const minted = await requestToken(target, account);
  const notAfter = Math.floor(Date.parse(minted.notAfter) / 1000) * 1000;
  const mark = { notAfter, asked: asked ?? held.mark?.asked };
  await write(work, held.secret, { ...held.access, token: minted.token, renewed: mark });
  const end: TokenEnd = { notAfter, endingFrom: tokenEndingFrom(minted.token) ?? notAfter };
  const loss = await awaitSwap(place, before, look);
  if (loss === undefined) {
    const endpoints = isRefused ? undefined : Math.max(0, ...before.map((one) => one.endpoints.length));
    return { peer, outcome: 'Renewed', dueAt: tokenDueAt(minted.token), endpoints, ...end };
  }
  if (isRefused) {
    // One that is refused would not help.
    const error = new IsthmusError('timeout', loss, { cluster: work.reader, retry: true });
    return { peer, outcome: 'Failed', error, ...end };
  }
  // The same value of the annotation does not ask again: it was followed, and undone.
  const renewed = held.mark === undefined ? undefined : { ...held.mark, asked: asked ?? held.mark.asked };
  await write(work, held.secret, { ...held.access, renewed });
  return { peer, outcome: 'Undone', loss, ...endOf(held) };
}

/** Writes a remote secret as an apply would, so that the next one finds nothing to do. */
async function write(work: PeerWork, live: KubeObject, access: RemoteAccess): Promise<void> {
  const { request, reader, client, hold } = work;
  const { mesh, ports } = request;
  const desired = ownedObject(remoteSecret(access), mesh.name);
  const writer = createWriter({
    cluster: reader,
    client,
    mesh: mesh.name,
    digest,
    drift: 'Repair',
    live: new Map([[refKey(refOf(live)), live]]),
    signal: ports.signal,
    beforeWrite: async () => void (await hold()),
  });
  await writer.ensure([desired]);
}
