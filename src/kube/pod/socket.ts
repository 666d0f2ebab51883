import { WebSocket } from 'undici';
import type { Clock } from '../../base/clock.ts';
import { type ErrorCode, IsthmusError } from '../../base/error.ts';
import type { CallOptions } from '../client.ts';
import type { Call, Caller } from '../transport/caller.ts';
import { startDeadline } from '../transport/deadline.ts';
import type { Transport } from '../transport/transport.ts';

/**
 * The channel protocol that kubelets serve over a WebSocket (k8s.io/cri-streaming): each message starts with a byte that
 * names its channel. API servers hand such requests on unread, in every supported version.
 */
const protocol = 'v4.channel.k8s.io';
const defaultTimeoutMs = 30_000;

export interface SocketContext {
  readonly cluster: string;
  readonly caller: Caller;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly closed: AbortSignal;
}

export interface SocketRequest {
  /** Path and query. */
  readonly path: string;
  /** What is connected to, as messages name it. */
  readonly what: string;
  /** The code of the error where the API server does not connect, and says nothing more. */
  readonly failure: ErrorCode;
}

/** The path of a pod's subresources. */
export function podPath({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}

/** A WebSocket to the API server, open. The time limit is that of the opening. */
export async function openSocket(
  context: SocketContext,
  request: SocketRequest,
  options: CallOptions,
): Promise<WebSocket> {
  const { cluster, clock } = context;
  using deadline = startDeadline(clock, options.timeoutMs ?? defaultTimeoutMs, [options.signal, context.closed]);
  const { url, dispatcher, headers } = await context.transport.upgrade(request.path);
  const socket = new WebSocket(url, { protocols: [protocol], dispatcher, headers: flat(headers) });
  socket.binaryType = 'arraybuffer';
  const outcome = await opened(socket, deadline.signal);
  if (outcome === 'Open') return socket;
  socket.close();
  if (outcome === 'Aborted') throw aborted(deadline.expired(), cluster, request.what);
  throw await refused(context, request, options);
}

function flat(headers: Readonly<Record<string, string | string[]>>): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, one]),
  );
}

function opened(socket: WebSocket, signal: AbortSignal): Promise<'Open' | 'Refused' | 'Aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve('Aborted');
    socket.addEventListener('open', () => resolve('Open'), { once: true });
    socket.addEventListener('error', () => resolve('Refused'), { once: true });
    signal.addEventListener('abort', () => resolve('Aborted'), { once: true });
  });
}

function aborted(expired: boolean, cluster: string, what: string): IsthmusError {
  if (!expired) return new IsthmusError('cancelled', `cluster ${cluster}: cancelled: connect to ${what}`, { cluster });
  return new IsthmusError('timeout', `cluster ${cluster}: connecting to ${what} took too long`, {
    cluster,
    retry: true,
    remedy: 'check that the pod runs and that the API server reaches its node',
  });
}

/** A refused WebSocket tells no reason; the same request without the upgrade does (rights, a missing pod). */
async function refused(
  { caller, cluster }: SocketContext,
  { path, what, failure }: SocketRequest,
  options: CallOptions,
): Promise<IsthmusError> {
  const call: Call = { method: 'GET', path, action: `connect to ${what}`, repeatable: true, options };
  const answer = await caller.send(call);
  if (answer.status === 403) {
    // Of the right to create, which an upgrade takes too, an API server gives no reason (feature gate AuthorizePodWebsocketUpgradeCreatePermission).
    const [, subresource = ''] = /^[^?]*\/([a-z]+)/.exec(path) ?? [];
    const action = `${call.action} (it takes the rights to get and to create pods/${subresource})`;
    return caller.refusal(answer, { ...call, action });
  }
  if ([401, 404].includes(answer.status)) return caller.refusal(answer, call);
  return new IsthmusError(failure, `cluster ${cluster}: the API server did not connect to ${what}`, {
    cluster,
    retry: true,
    remedy: 'check that the pod runs and that the API server reaches the kubelet of its node (port 10250)',
  });
}
