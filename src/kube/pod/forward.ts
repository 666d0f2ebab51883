import { Buffer } from 'node:buffer';
import { Duplex } from 'node:stream';
import { type MessageEvent, WebSocket } from 'undici';
import type { Clock } from '../../base/clock.ts';
import { IsthmusError } from '../../base/error.ts';
import type { CallOptions } from '../client.ts';
import { openSocket, podPath, type SocketContext } from './socket.ts';

/**
 * The channels of a port-forward (k8s.io/cri-streaming, portforward/websocket.go): 0 for data and 1 for errors; the first
 * message of each is the port as two bytes. The newer SPDY tunnel (`SPDY/3.1+portforward.k8s.io`) would need an SPDY
 * implementation here.
 */
const dataChannel = 0;
const portBytes = 2;
/** A message's largest payload, in bytes. */
const messageLimit = 32 * 1024;
/** More unsent bytes than this hold the writer back. */
const bufferLimit = 1024 * 1024;
/** More bytes than this end the connection: the other side cannot be held back, and no page that is asked for is so large. */
const receivedLimit = 80_000_000;

export interface ForwardTarget {
  readonly pod: { readonly namespace: string; readonly name: string };
  readonly port: number;
}

/** One connection to a port of a pod, as a stream of bytes. Ending the stream's input does not end its output. */
export async function openForward(
  context: SocketContext,
  { pod, port }: ForwardTarget,
  options: CallOptions = {},
): Promise<Duplex> {
  const { cluster, clock, closed } = context;
  const what = `port ${port} of Pod ${pod.namespace}/${pod.name}`;
  const path = `${podPath(pod)}/portforward?ports=${port}`;
  const socket = await openSocket(context, { path, what, failure: 'port-forward-failed' }, options);
  return new ForwardStream(socket, { clock, closed, cluster, what });
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
  #received = 0;
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

  #receive({ data }: MessageEvent<ArrayBuffer | string>): void {
    this.#received += Math.max(1, typeof data === 'string' ? data.length : data.byteLength);
    if (this.#received > receivedLimit) {
      this.destroy(this.#failure(`more than ${receivedLimit / 1_000_000} MB came`));
      return;
    }
    if (typeof data === 'string') return;
    const bytes = Buffer.from(data);
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
      remedy: 'check that the container listens on this port',
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
    const isHeldBack = (): boolean =>
      this.#socket.readyState === WebSocket.OPEN && this.#socket.bufferedAmount > bufferLimit && !this.destroyed;
    while (isHeldBack()) await this.#options.clock.sleep(10);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#options.closed.removeEventListener('abort', this.#onClosed);
    this.#socket.close();
    done(error);
  }
}
