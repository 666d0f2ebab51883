import { Buffer } from 'node:buffer';
import type { MessageEvent, WebSocket } from 'undici';
import { IsthmusError } from '../../base/error.ts';
import { type Json, valueAt } from '../../base/json.ts';
import { parseJson } from '../../base/parse-json.ts';
import type { CallOptions, ExecResult, ExecTarget } from '../client.ts';
import { startDeadline } from '../transport/deadline.ts';
import { openSocket, podPath, type SocketContext } from './socket.ts';

/** The channels of an exec without input (k8s.io/cri-streaming, remotecommand/websocket.go). */
const outputChannel = 1;
const errorsChannel = 2;
const statusChannel = 3;
const kept: readonly number[] = [outputChannel, errorsChannel, statusChannel];
/** What comes on a channel beyond this is not kept, in bytes. */
const outputLimit = 1024 * 1024;
/** A program that writes more than this, in bytes, is not listened to. */
const receivedLimit = 64_000_000;
/** A reason is shown; so much of it, in characters. */
const reasonLimit = 500;
const defaultTimeoutMs = 30_000;

/** Runs a program in a container to its end, without input. `exec-failed` where it could not be started. */
export async function execInPod(
  context: SocketContext,
  { pod, container, command }: ExecTarget,
  options: CallOptions = {},
): Promise<ExecResult> {
  const { cluster, clock, closed } = context;
  const what = `${command[0]} in container ${container} of Pod ${pod.namespace}/${pod.name}`;
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' });
  for (const word of command) query.append('command', word);
  using deadline = startDeadline(clock, options.timeoutMs ?? defaultTimeoutMs, [options.signal, closed]);
  const request = { path: `${podPath(pod)}/exec?${query}`, what, failure: 'exec-failed' } as const;
  const socket = await openSocket(context, request, options);
  const output = await outputOf(socket, deadline.signal);
  socket.close();
  if (output === undefined) {
    const code = deadline.expired() ? 'timeout' : 'cancelled';
    throw new IsthmusError(code, `cluster ${cluster}: ${what} did not end in time`, { cluster });
  }
  const exitCode = exitCodeOf(output.status);
  if (exitCode !== undefined) return { exitCode, stdout: output.stdout, stderr: output.stderr };
  const reason = output.isTooMuch ? tooMuchText : String(valueAt(output.status, ['message']) ?? 'the connection broke');
  throw new IsthmusError('exec-failed', `cluster ${cluster}: ${what}: ${reason.slice(0, reasonLimit)}`, { cluster });
}

const tooMuchText = `more than ${receivedLimit / 1_000_000} MB came`;

interface Output {
  readonly stdout: string;
  readonly stderr: string;
  /** A Status object; undefined where the connection ended without. */
  readonly status: Json | undefined;
  readonly isTooMuch: boolean;
}

/** All that comes until the socket closes; undefined where the signal was first. */
function outputOf(socket: WebSocket, signal: AbortSignal): Promise<Output | undefined> {
  const channels = new Map(kept.map((channel) => [channel, { parts: [] as Buffer[], size: 0 }]));
  const textOf = (channel: number): string => Buffer.concat(channels.get(channel)?.parts ?? []).toString('utf8');
  let received = 0;
  const keep = (data: ArrayBuffer | string): void => {
    received += Math.max(1, typeof data === 'string' ? data.length : data.byteLength);
    if (typeof data === 'string') return;
    const bytes = Buffer.from(data);
    const channel = channels.get(bytes[0] ?? outputChannel);
    const part = bytes.subarray(1, 1 + outputLimit - (channel?.size ?? 0));
    if (channel === undefined || part.length === 0) return;
    channel.parts.push(part);
    channel.size += part.length;
  };
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
    const end = (): void =>
      resolve({
        stdout: textOf(outputChannel),
        stderr: textOf(errorsChannel),
        status: received > receivedLimit ? undefined : parseJson(textOf(statusChannel)),
        isTooMuch: received > receivedLimit,
      });
    socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer | string>) => {
      keep(data);
      if (received > receivedLimit) end();
    });
    socket.addEventListener('close', end, { once: true });
    socket.addEventListener('error', end, { once: true });
  });
}

/** Undefined where the program did not run (k8s.io/apimachinery, Status with reason NonZeroExitCode). */
function exitCodeOf(status: Json | undefined): number | undefined {
  if (valueAt(status, ['status']) === 'Success') return 0;
  if (valueAt(status, ['reason']) !== 'NonZeroExitCode') return undefined;
  const causes = valueAt(status, ['details', 'causes']);
  const cause = Array.isArray(causes) ? causes.find((one) => valueAt(one, ['reason']) === 'ExitCode') : undefined;
  const code = Number(valueAt(cause, ['message']));
  return Number.isSafeInteger(code) ? code : undefined;
}
