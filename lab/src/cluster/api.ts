import { request } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { IsthmusError } from '../../../src/base/error.ts';
import { createPatience, type WatchedProgram, workOf } from '../process/patience.ts';
import type { KubeconfigEntry } from './kubeconfig.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

export interface ApiRequest {
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly body?: unknown;
}

/** One request to an API server as that user; an answer of any status is a result. Limited to 10 s. */
export async function callApi(entry: KubeconfigEntry, call: ApiRequest, signal?: AbortSignal): Promise<ApiAnswer> {
  const timeout = AbortSignal.timeout(10_000);
  return await new Promise<ApiAnswer>((resolve, reject) => {
    const made = request(
      new URL(call.path, entry.server),
      {
        method: call.method ?? 'GET',
        ca: entry.authority,
        cert: entry.client.certificate,
        key: entry.client.key,
        agent: false,
        headers: { 'content-type': call.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' },
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    made.on('error', reject);
    made.end(call.body === undefined ? undefined : JSON.stringify(call.body));
  });
}

export interface Wait {
  /** What is waited for, for the message. */
  readonly what: string;
  readonly cluster: string;
  /** Those that bring it about: while one of them works, the wait goes on. */
  readonly programs: readonly WatchedProgram[];
  /** Where to look when it does not come. */
  readonly remedy: string;
  readonly signal?: AbortSignal | undefined;
}

/** Asks again and again until the answer is true; an error of the question counts as no. */
export async function waitUntil(wait: Wait, question: () => Promise<boolean>): Promise<void> {
  const patience = createPatience({ work: () => workOf(wait.programs) });
  for (;;) {
    wait.signal?.throwIfAborted();
    if (await question().catch(() => false)) return;
    if (patience.isOver()) {
      throw new IsthmusError('timeout', `${wait.cluster}: ${wait.what} (${patience.text})`, {
        cluster: wait.cluster,
        remedy: wait.remedy,
      });
    }
    // The pause is short enough to end by itself; the signal's own reason is thrown above.
    await delay(50);
  }
}

/** True where something listens on a Unix socket. */
export async function socketAnswers(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
