import type { ApplyRequest } from '../apply/options.ts';
import { renewTokens, type TokenOutcome } from '../apply/run/renew-tokens.ts';
import { asIsthmusError } from '../base/error.ts';
import { istiodPlace } from '../observe/istiod.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import type { RenewedPeer, TokenLeft, TokenRenewalOptions } from './home-session.ts';
import { signalOf, timeoutOf } from './limits.ts';
import { openClusters } from './open-clusters.ts';
import { meshPorts } from './open-run.ts';
import { declaredCluster, liveMeshOf, type SessionState } from './session.ts';
import { tokenAdvice } from './token-advice.ts';

/** Renews the tokens with which a cluster reads its peers, where they are due or were asked for. */
export async function renewTokensUseCase(
  state: SessionState,
  cluster: string,
  { asked, refused = [] }: Pick<TokenRenewalOptions, 'asked' | 'refused'>,
): Promise<readonly RenewedPeer[]> {
  const mesh = liveMeshOf(state);
  const reader = declaredCluster(mesh, cluster);
  await using opened = await openTokens(state, mesh);
  const known = new Map(mesh.names.flatMap((name) => entryOf(name, asked.get(name))));
  const about = mesh.names.filter((name) => refused.includes(name));
  const outcomes = await renewTokens(opened.request, { reader, asked: known, refused: about });
  const topology = mesh.topology.clusters.find(({ name }) => name === reader);
  if (topology === undefined || outcomes.every(({ outcome }) => isQuiet(outcome))) return outcomes.map(reported);
  const { clients, signal } = opened.request.ports;
  const advice = await tokenAdvice(
    istiodPlace(topology, (name) => clients.get(name)),
    topology,
    signal,
  );
  return outcomes.map((one) => (isQuiet(one.outcome) ? reported(one) : { ...reported(one), advice }));
}

/** Nothing was done, and nothing went wrong. */
function isQuiet(outcome: TokenOutcome['outcome']): boolean {
  return outcome === 'Current' || outcome === 'Endless' || outcome === 'Left';
}

/**
 * Puts the tokens that never end back into the remote secrets, because nobody renews the others any longer: all of the mesh, or
 * those by which one cluster reads and is read. A cluster that is not reached costs its own part.
 */
export async function restoreTokensUseCase(state: SessionState, only?: string): Promise<readonly TokenLeft[]> {
  const mesh = liveMeshOf(state);
  await using opened = await openTokens(state, mesh);
  const about = mesh.names.find((name) => name === only);
  const left: TokenLeft[] = [];
  for (const reader of mesh.names) {
    const peers = about === undefined || reader === about ? undefined : [about];
    try {
      const outcomes = await renewTokens(opened.request, { reader, peers, asked: new Map(), tokens: 'Endless' });
      for (const one of outcomes) if (one.outcome === 'Failed') left.push(leftOf(reader, one));
    } catch (thrown) {
      signalOf(state.ports).throwIfAborted();
      left.push({ reader, peer: 'its peers', why: asIsthmusError(thrown).message });
    }
  }
  return left;
}

function leftOf(reader: string, { peer, error, notAfter }: Extract<TokenOutcome, { outcome: 'Failed' }>): TokenLeft {
  const end = notAfter === undefined ? {} : { notAfter: new Date(notAfter).toISOString() };
  return { reader, peer, why: error.message, ...end };
}

interface OpenTokens extends AsyncDisposable {
  readonly request: ApplyRequest;
}

async function openTokens(state: SessionState, mesh: ResolvedMesh): Promise<OpenTokens> {
  const signal = signalOf(state.ports);
  const fleet = await openClusters(state, mesh, { operation: 'apply', carries: 'Keys' });
  const ports = meshPorts(state.ports, { mesh, fleet, issuerFiles: undefined, renderers: {}, signal });
  return {
    request: { mesh, ports: { ...ports, openLock: state.openLock }, scope: {}, limits: { timeoutMs: timeoutOf({}) } },
    [Symbol.asyncDispose]: async () => await fleet[Symbol.asyncDispose](),
  };
}

function entryOf<K>(key: K, value: string | undefined): readonly (readonly [K, string])[] {
  return value === undefined ? [] : [[key, value]];
}

function reported(found: TokenOutcome): RenewedPeer {
  switch (found.outcome) {
    case 'Undone': {
      const { loss, ...rest } = found;
      return { ...rest, why: loss };
    }
    case 'Failed': {
      const { error, ...rest } = found;
      return { ...rest, why: error.message };
    }
    case 'Endless':
      return { peer: found.peer, outcome: 'Left' };
    default:
      return found;
  }
}
