import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import { mapConcurrent } from '../base/concurrency.ts';
import { asIsthmusError } from '../base/error.ts';
import type { Json } from '../base/json.ts';
import { refusedCredential } from '../base/refused-credential.ts';
import {
  busy,
  clusterHeader,
  discoveryMethod,
  lastReview,
  type Review,
  unauthenticated,
} from '../istio/authentication.ts';
import { istiodPorts } from '../istio/names.ts';
import { startDeadline } from '../kube/transport/deadline.ts';
import type { IstiodPlace } from './istiod.ts';
import { connectToIstiod } from './istiod-connection.ts';

/** Whether one istiod gets an answer from the API server of a peer now, whatever it read from there before. */
export interface PeerAnswer {
  readonly peer: string;
  readonly answers: 'Yes' | 'No' | 'Unknown';
  /** Why not, or why nobody knows. */
  readonly detail: string | undefined;
}

export interface PeerAnswerOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** An API server that is reached answers within two round trips; this allows for one that is slow. */
const answerMs = 8_000;
const retryMs = 500;
/** istiod's log goes through the container runtime before it can be read. */
const logPatienceMs = 2_000;
const atOnce = 16;

/**
 * Makes an istiod ask the API servers of its peers now. It goes on calling a cluster synced after it lost the way to it,
 * and nothing that it serves tells when it last heard from there. But it lets the cluster that a caller claims to be in
 * judge the caller's token: so a caller with an invalid token is refused as soon as that API server has answered,
 * with whatever answer, and waits for as long as it gives none. Nothing is read or changed by it.
 */
export async function readPeerAnswers(
  place: IstiodPlace,
  { pod, peers }: { readonly pod: string; readonly peers: readonly string[] },
  options: PeerAnswerOptions,
): Promise<readonly PeerAnswer[]> {
  if (peers.length === 0) return [];
  const { clock, signal } = options;
  const started = clock.monotonic();
  try {
    const refusals = await askAll(place, { pod, peers }, options);
    const refused = peers.filter((_, index) => refusals[index] === 'Refused');
    const read = await readReviews(place, { pod, peers: refused, since: started }, options);
    return peers.map((peer, index) => judge(peer, refusals[index], read));
  } catch (error) {
    signal.throwIfAborted();
    const detail = asIsthmusError(error).message;
    return peers.map((peer) => ({ peer, answers: 'Unknown', detail }));
  }
}

/** What istiod made of the token: `Refused` after the peer's API server was asked, `Silent` while it is being asked. */
type Refusal = 'Refused' | 'Silent' | { readonly unexpected: string };

async function askAll(
  place: IstiodPlace,
  { pod, peers }: { readonly pod: string; readonly peers: readonly string[] },
  { clock, signal }: PeerAnswerOptions,
): Promise<readonly Refusal[]> {
  const connection = await openConnection(place, pod, { clock, signal });
  const session = connect(`https://${pod}`, { createConnection: () => connection });
  session.on('error', () => undefined);
  try {
    return await mapConcurrent(peers, atOnce, (peer) => ask(session, peer, { clock, signal }));
  } finally {
    session.destroy();
    connection.destroy();
  }
}

async function openConnection(
  place: IstiodPlace,
  pod: string,
  { clock, signal }: PeerAnswerOptions,
): Promise<TLSSocket> {
  using deadline = startDeadline(clock, answerMs, [signal]);
  return await connectToIstiod(place, { pod, port: istiodPorts.discovery, protocol: 'h2' }, deadline.signal);
}

async function ask(session: ClientHttp2Session, peer: string, { clock, signal }: PeerAnswerOptions): Promise<Refusal> {
  const until = clock.monotonic() + answerMs;
  for (;;) {
    using deadline = startDeadline(clock, until - clock.monotonic(), [signal]);
    const status = await callStatus(session, peer, deadline.signal);
    signal.throwIfAborted();
    if (status === undefined) return 'Silent';
    if (status === unauthenticated) return 'Refused';
    if (!busy.includes(status) || clock.monotonic() + retryMs > until) {
      return { unexpected: `istiod ended the call with gRPC status ${status}` };
    }
    await clock.sleep(retryMs, signal);
  }
}

/** The gRPC status with which istiod ends a call without a message; undefined where it gives none in time. */
function callStatus(session: ClientHttp2Session, peer: string, limit: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = session.request(
      {
        ':method': 'POST',
        ':path': discoveryMethod,
        'content-type': 'application/grpc',
        te: 'trailers',
        authorization: 'Bearer none',
        [clusterHeader]: peer,
      },
      { endStream: true, signal: limit },
    );
    const look = (headers: IncomingHttpHeaders): void => {
      const status = headers['grpc-status'];
      if (status !== undefined) resolve(Number(status));
    };
    call.on('response', look);
    call.on('trailers', look);
    call.on('error', (error) => (limit.aborted ? resolve(undefined) : reject(error)));
    call.on('close', () => reject(new Error('istiod closed the connection')));
    call.resume();
  });
}

/** What istiod logged of its reviews, or why that could not be read. */
interface ReadReviews {
  readonly reviews: ReadonlyMap<string, Review>;
  readonly problem: string | undefined;
}

/**
 * The reviews that istiod logged since. A connection that was refused ends a review as quickly as an answer does, and
 * only the log tells them apart: without it neither is known.
 */
async function readReviews(
  { client, namespace }: IstiodPlace,
  { pod, peers, since }: { readonly pod: string; readonly peers: readonly string[]; readonly since: number },
  { clock, signal }: PeerAnswerOptions,
): Promise<ReadReviews> {
  if (peers.length === 0) return { reviews: new Map(), problem: undefined };
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
  const until = clock.monotonic() + logPatienceMs;
  for (;;) {
    const sinceSeconds = String(Math.ceil((clock.monotonic() - since) / 1000) + 1);
    let log: Json | undefined;
    try {
      log = await client.raw({ method: 'GET', path, query: { container: 'discovery', sinceSeconds }, signal });
    } catch (error) {
      signal.throwIfAborted();
      return { reviews: new Map(), problem: asIsthmusError(error).message };
    }
    const reviews = peers.flatMap((peer) => {
      const review = typeof log === 'string' ? lastReview(log, peer) : undefined;
      return review === undefined ? [] : [[peer, review] as const];
    });
    if (reviews.length === peers.length || clock.monotonic() > until) {
      return { reviews: new Map(reviews), problem: undefined };
    }
    await clock.sleep(retryMs, signal);
  }
}

function judge(peer: string, refusal: Refusal | undefined, { reviews, problem }: ReadReviews): PeerAnswer {
  if (typeof refusal === 'object') return { peer, answers: 'Unknown', detail: refusal.unexpected };
  if (refusal !== 'Refused') return { peer, answers: 'No', detail: `no answer within ${answerMs / 1000} s` };
  if (problem !== undefined) {
    return { peer, answers: 'Unknown', detail: `the log of istiod, which tells, could not be read: ${problem}` };
  }
  const review = reviews.get(peer);
  switch (review?.outcome) {
    case 'NotReached':
      return { peer, answers: 'No', detail: review.detail };
    case 'Refused':
      return { peer, answers: 'No', detail: refusedCredential };
    default:
      return { peer, answers: 'Yes', detail: undefined };
  }
}
