import { Buffer } from 'node:buffer';
import { Duplex } from 'node:stream';
import { type MessageEvent, WebSocket } from 'undici';
import type { Clock } from '../base/clock.ts';
import { IsthmusError } from '../base/error.ts';
import type { Call, Caller } from './caller.ts';
import type { CallOptions } from './client.ts';
import { startDeadline } from './deadline.ts';
import type { Transport } from './transport.ts';

/**
 * The channel protocol that kubelets serve for port-forward over a WebSocket (k8s.io/cri-streaming, portforward/
 * websocket.go): each message starts with a channel byte, 0 for data and 1 for errors, and the first message of each
 * channel is the port as two bytes. API servers hand such requests on unread, in every supported version; the newer
 * SPDY tunnel (`SPDY/3.1+portforward.k8s.io`) would need an SPDY implementation here.
 */
const protocol = 'v4.channel.k8s.io';
const dataChannel = 0;
const portBytes = 2;
/** A message's largest payload, in bytes. */
const messageLimit = 32 * 1024;
/** More unsent bytes than this hold the writer back. */
const bufferLimit = 1024 * 1024;
const defaultTimeoutMs = 30_000;

export interface ForwardContext {
  readonly cluster: string;
  readonly caller: Caller;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly closed: AbortSignal;
}

export interface ForwardTarget {
  readonly pod: { readonly namespace: string; readonly name: string };
  readonly port: number;
}

/** One connection to a port of a pod, as a stream of bytes. Ending the stream's input does not end its output. */
export async function openForward(
  context: ForwardContext,
  { pod, port }: ForwardTarget,
  options: CallOptions = {},
): Promise<Duplex> {
  const { cluster, clock } = context;
  const what = `port ${port} of Pod ${pod.namespace}/${pod.name}`;
  const root = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}`;
  const path = `${root}/portforward?ports=${port}`;
  using deadline = startDeadline(clock, options.timeoutMs ?? defaultTimeoutMs, [options.signal, context.closed]);
  const { url, dispatcher, headers } = await context.transport.upgrade(path);
  const socket = new WebSocket(url, { protocols: [protocol], dispatcher, headers: flat(headers) });
  socket.binaryType = 'arraybuffer';
  const outcome = await opened(socket, deadline.signal);
  if (outcome === 'Open') return new ForwardStream(socket, { clock, closed: context.closed, cluster, what });
  socket.close();
  if (outcome === 'Aborted') throw aborted(deadline.expired(), cluster, what);
  throw await refused(context, { path, what, options });
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
    hint: 'Is the pod running, and does the API server reach its node?',
  });
}

interface Refused {
  readonly path: string;
  readonly what: string;
  readonly options: CallOptions;
}

/** A refused WebSocket tells no reason; the same request without the upgrade does (rights, a missing pod). */
async function refused({ caller, cluster }: ForwardContext, { path, what, options }: Refused): Promise<IsthmusError> {
  const call: Call = { method: 'GET', path, action: `connect to ${what}`, repeatable: true, options };
  const answer = await caller.send(call);
  if ([401, 403, 404].includes(answer.status)) return caller.refusal(answer, call);
  return new IsthmusError('port-forward-failed', `cluster ${cluster}: the API server did not connect to ${what}`, {
    cluster,
    retry: true,
    hint: 'Is the pod running, and does the API server reach the kubelet of its node (port 10250)?',
  });
}

interface ForwardStreamOptions {
  readonly clock: Clock;
  readonly closed: AbortSignal;
  readonly cluster: string;
  readonly what: string;
}

class ForwardStream extends Duplex {
  readonly #socket: WebSocket;
  readonly #options: ForwardStreamOptions;
  readonly #started = new Set<number>();
  readonly #onClosed = (): void => {
    this.destroy();
  };

  constructor(socket: WebSocket, options: ForwardStreamOptions) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#options = options;
    socket.addEventListener('message', (event) => this.#receive(event));
    socket.addEventListener('close', () => this.push(null));
    socket.addEventListener('error', () => this.destroy(this.#failure('the connection broke')));
    options.closed.addEventListener('abort', this.#onClosed, { once: true });
  }

  #receive(event: MessageEvent<ArrayBuffer | string>): void {
    if (typeof event.data === 'string') return;
    const bytes = Buffer.from(event.data);
    const channel = bytes[0] ?? dataChannel;
    const first = !this.#started.has(channel);
    this.#started.add(channel);
    const payload = bytes.subarray(first ? 1 + portBytes : 1);
    if (payload.length === 0) return;
    if (channel === dataChannel) this.push(payload);
    else this.destroy(this.#failure(payload.toString('utf8').slice(0, 500)));
  }

  #failure(reason: string): IsthmusError {
    const { cluster, what } = this.#options;
    return new IsthmusError('port-forward-failed', `cluster ${cluster}: ${what}: ${reason}`, {
      cluster,
      retry: true,
      hint: 'Does the container listen on this port?',
    });
  }

  override _read(): void {
    // Messages are pushed as they come: the protocol has no way to hold the other side back.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    for (let start = 0; start < chunk.length; start += messageLimit) {
      const part = chunk.subarray(start, start + messageLimit);
      this.#socket.send(Buffer.concat([Buffer.of(dataChannel), part]));
    }
    this.#drained().then(() => done(), done);
  }

  async #drained(): Promise<void> {
    while (this.#socket.bufferedAmount > bufferLimit && !this.destroyed) await this.#options.clock.sleep(10);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#options.closed.removeEventListener('abort', this.#onClosed);
    this.#socket.close();
    done(error);
  }
}
