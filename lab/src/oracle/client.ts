import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { IsthmusError } from '../../../src/base/error.ts';
import { hierarchies, makeGroup } from '../process/control-group.ts';
import type { ActualAnswer } from './answer.ts';
import { type ClientLine, parseLine } from './wire.ts';
import type { XdsNode } from './xds-node.ts';

export interface ClientStart {
  readonly program: string;
  readonly group: string;
  readonly logFile: string;
}

export interface StreamQuery {
  /** Equal names mean the same stream. */
  readonly stream: string;
  /** HOST:PORT of istiod's plaintext discovery service. */
  readonly address: string;
  readonly node: XdsNode;
  readonly names: readonly string[];
  /** Asks for the listeners too. Left out: false. */
  readonly listeners?: boolean;
}

/** How long istiod may take for the first answers on a stream. */
const answerTimeoutMs = 10_000;

interface Pending {
  readonly resolve: (line: ClientLine) => void;
  readonly reject: (error: Error) => void;
}

/** The program that holds the streams of all proxies (lab/tools/adsclient). It ends when its standard input does. */
const retryMs = 300;

export class DiscoveryClient {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #ended: Error | undefined;

  constructor({ program, group, logFile }: ClientStart) {
    const log = openSync(logFile, 'a');
    try {
      this.#child = spawn(program, [], { stdio: ['pipe', 'pipe', log] });
    } finally {
      closeSync(log);
    }
    this.#child.on('error', (error) => this.#fail(error));
    this.#child.on('exit', (code) => this.#fail(new Error(`the discovery client ended with ${code}: see ${logFile}`)));
    this.#child.stdin?.on('error', () => undefined);
    if (this.#child.pid !== undefined) {
      makeGroup(group);
      writeFileSync(join(hierarchies().tracking, group, 'cgroup.procs'), String(this.#child.pid));
    }
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on('line', (text) => this.#take(text));
    }
  }

  /** What the stream's proxy holds of these names; opens the stream and waits for first answers where need be. */
  async query(query: StreamQuery, attempts = 5): Promise<ActualAnswer> {
    const { error, answer } = await this.#ask({ op: 'query', ...query, timeoutMs: answerTimeoutMs });
    if (error === undefined) return answer;
    // An istiod that has just started may close a connection before it answers on it.
    if (attempts > 1 && error.includes('code = Unavailable')) {
      await sleep(retryMs);
      return await this.query(query, attempts - 1);
    }
    throw new IsthmusError('unexpected-response', `istiod at ${query.address}, proxy ${query.node.id}: ${error}`, {
      retry: true,
    });
  }

  /** Ends all streams. */
  async closeStreams(): Promise<void> {
    await this.#ask({ op: 'close' });
  }

  /** Ends the program. */
  close(): void {
    this.#child.stdin?.end();
  }

  async #ask(request: object): Promise<ClientLine> {
    if (this.#ended !== undefined) throw this.#ended;
    const id = this.#next;
    this.#next += 1;
    return await new Promise<ClientLine>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#child.stdin?.write(`${JSON.stringify({ id, ...request })}\n`);
    });
  }

  #take(text: string): void {
    try {
      const line = parseLine(text);
      this.#pending.get(line.id)?.resolve(line);
      this.#pending.delete(line.id);
    } catch (error) {
      this.#fail(new Error('the discovery client wrote a line that was not understood', { cause: error }));
    }
  }

  #fail(cause: Error): void {
    this.#ended ??= new IsthmusError('internal', cause.message, { cause });
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }
}
