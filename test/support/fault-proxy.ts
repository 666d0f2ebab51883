import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { passUpgradeOn } from './upgrade.ts';

/** Where the requests go, and as whom: a cluster's admin. */
export interface Upstream {
  readonly server: string;
  readonly authority: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** One request as it came, with what a rule needs to choose by. */
export interface ProxiedRequest {
  /** As RBAC names it: get, list, watch, create, patch, delete. */
  readonly verb: string;
  /** The plural and, after a slash, a subresource; the path where the request is about no resource. */
  readonly resource: string;
  readonly name: string | undefined;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** It changes what is stored: no read, no dry run, no review. */
  readonly isWrite: boolean;
  /** How many writes came before it. */
  readonly writesBefore: number;
  /** How many requests for the same came before it. */
  readonly attemptsBefore: number;
  /** `performance.now()`. */
  readonly at: number;
}

export type Fault =
  | { readonly kind: 'Pass' }
  /** The connection is closed before anything is forwarded. */
  | { readonly kind: 'Drop' }
  /** It is done, and the answer is lost. */
  | { readonly kind: 'LoseAnswer' }
  /** It is done, and half of the answer arrives. */
  | { readonly kind: 'Truncate' }
  /** Answered here, as a Status. */
  | { readonly kind: 'Refuse'; readonly status: number; readonly message?: string; readonly retryAfterSeconds?: number }
  | { readonly kind: 'Delay'; readonly ms: number }
  /** A read is answered as it was answered when the proxy remembered. */
  | { readonly kind: 'Stale' }
  /** A watch begins, and nothing ever comes, not even a bookmark. */
  | { readonly kind: 'Silence' }
  /** From here on every connection is closed: what a server sees of a client that is killed. */
  | { readonly kind: 'Die' };

export type Rule = (request: ProxiedRequest) => Fault | Promise<Fault>;

const pass: Fault = { kind: 'Pass' };

/** Dies when so many writes have been done and answered. */
export function dieAfter(writes: number): Rule {
  return ({ isWrite, writesBefore }) => (isWrite && writesBefore >= writes ? { kind: 'Die' } : pass);
}

/** Stands before an API server, forwards what comes, and does to it what the rule says. Plain HTTP on the loopback. */
export interface FaultProxy extends AsyncDisposable {
  readonly server: string;
  /** Every request since the last `begin`. */
  readonly requests: readonly ProxiedRequest[];
  /** How much has been answered since then, in bytes; watches are not counted. */
  readonly answeredBytes: number;
  /** Resolves when it dies. */
  readonly death: Promise<void>;
  /** Forgets the requests, revives and goes by this rule from now on. */
  begin(rule?: Rule): void;
  /** Keeps the answers to reads from now on, for `Stale`. Gives the function that ends it. */
  remember(): () => void;
}

export async function startFaultProxy(upstream: Upstream): Promise<FaultProxy> {
  const proxy = new Forwarder(upstream);
  await proxy.listen();
  return proxy;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

class Forwarder implements FaultProxy {
  readonly #upstream: Upstream;
  readonly #agent: Agent;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #remembered = new Map<string, Answer>();
  #remembers = false;
  #rule: Rule = () => pass;
  #requests: ProxiedRequest[] = [];
  #answeredBytes = 0;
  #death = Promise.withResolvers<void>();
  #isDead = false;

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
    const { authority: ca, certificate: cert, privateKey: key } = upstream;
    this.#agent = new Agent({ ca, cert, key, keepAlive: true });
    this.#server = createServer((incoming, outgoing) => {
      this.#serve(incoming, outgoing).catch(() => incoming.socket.destroy());
    });
    this.#server.on('upgrade', (incoming: IncomingMessage, socket: Socket) => this.#tunnel(incoming, socket));
    this.#server.on('connection', (socket: Socket) => {
      if (this.#isDead) socket.destroy();
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get server(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get requests(): readonly ProxiedRequest[] {
    return this.#requests;
  }

  get answeredBytes(): number {
    return this.#answeredBytes;
  }

  get death(): Promise<void> {
    return this.#death.promise;
  }

  begin(rule: Rule = () => pass): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#requests = [];
    this.#answeredBytes = 0;
    this.#rule = rule;
    this.#isDead = false;
    this.#death = Promise.withResolvers();
  }

  remember(): () => void {
    this.#remembered.clear();
    this.#remembers = true;
    return () => {
      this.#remembers = false;
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    if (this.#isDead) return void incoming.socket.destroy();
    const request = this.#recorded(incoming);
    const fault = await this.#rule(request);
    if (this.#isDead) return void incoming.socket.destroy();
    if (fault.kind === 'Delay') await delay(fault.ms);
    await this.#carryOut(fault, { incoming, outgoing, body: Buffer.concat(chunks), request });
  }

  #recorded(incoming: IncomingMessage): ProxiedRequest {
    const path = incoming.url ?? '/';
    const method = incoming.method ?? 'GET';
    const described = describe(method, path);
    const before = this.#requests;
    const request = {
      ...described,
      path,
      headers: incoming.headers,
      writesBefore: before.filter(({ isWrite }) => isWrite).length,
      attemptsBefore: before.filter((one) => one.verb === described.verb && sameTarget(one.path, path)).length,
      at: performance.now(),
    };
    before.push(request);
    return request;
  }

  /** A connection to a port of a pod is no request of the API: it is passed on without a rule. */
  #tunnel(incoming: IncomingMessage, near: Socket): void {
    const { host: _host, authorization: _token, ...headers } = incoming.headers;
    const url = new URL(incoming.url ?? '/', this.#upstream.server);
    const forwarded = httpsRequest(url, { method: incoming.method, headers, agent: this.#agent });
    passUpgradeOn(near, forwarded);
  }

  async #carryOut(fault: Fault, call: Exchange): Promise<void> {
    const { incoming, outgoing, request } = call;
    switch (fault.kind) {
      case 'Die':
        this.#isDead = true;
        for (const socket of this.#sockets) socket.destroy();
        return this.#death.resolve();
      case 'Drop':
        return void incoming.socket.destroy();
      case 'Refuse':
        return refuse(outgoing, fault);
      case 'Silence':
        return void outgoing.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      case 'Stale': {
        const answer = this.#remembered.get(request.path);
        return answer === undefined ? await this.#forward(call, pass) : send(outgoing, answer);
      }
      default:
        return await this.#forward(call, fault);
    }
  }

  async #forward({ incoming, outgoing, body, request }: Exchange, fault: Fault): Promise<void> {
    // Who a client is there, the proxy's certificate and an impersonation say; its token is the rule's to judge.
    const { connection: _connection, host: _host, authorization: _token, ...headers } = incoming.headers;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const url = new URL(request.path, this.#upstream.server);
      const forwarded = httpsRequest(url, { method: incoming.method, headers, agent: this.#agent }, resolve);
      forwarded.on('error', reject);
      outgoing.on('close', () => forwarded.destroy());
      forwarded.end(body);
    });
    if (request.verb === 'watch') return relayWatch(response, outgoing);
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    const answer = { status: response.statusCode ?? 502, headers: response.headers, body: Buffer.concat(parts) };
    this.#answeredBytes += answer.body.length;
    if (this.#remembers && !request.isWrite) this.#remembered.set(request.path, answer);
    if (fault.kind === 'LoseAnswer' || this.#isDead) return void incoming.socket.destroy();
    if (fault.kind === 'Truncate') return truncate(incoming, outgoing, answer);
    send(outgoing, answer);
  }
}

/** Where a watch goes on from, and for how long, is another each time. */
function sameTarget(a: string, b: string): boolean {
  const target = (path: string): string => path.replaceAll(/(resourceVersion|timeoutSeconds)=\d+/g, '');
  return target(a) === target(b);
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly body: Buffer;
  readonly request: ProxiedRequest;
}

function send(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  const { 'transfer-encoding': _encoding, connection: _connection, ...kept } = headers;
  outgoing.writeHead(status, { ...kept, 'content-length': body.length }).end(body);
}

function truncate(incoming: IncomingMessage, outgoing: ServerResponse, { status, headers, body }: Answer): void {
  const { 'transfer-encoding': _encoding, connection: _connection, ...kept } = headers;
  outgoing.writeHead(status, { ...kept, 'content-length': body.length });
  outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => incoming.socket.destroy());
}

function refuse(outgoing: ServerResponse, { status, message, retryAfterSeconds }: Fault & { kind: 'Refuse' }): void {
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, message: message ?? 'a fault' };
  const later = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  outgoing.writeHead(status, { 'content-type': 'application/json', ...later }).end(JSON.stringify(body));
}

function relayWatch(response: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(response.statusCode ?? 502, { 'content-type': 'application/json' }).flushHeaders();
  response.on('error', () => outgoing.destroy());
  outgoing.on('close', () => response.destroy());
  response.pipe(outgoing);
}

type Described = Pick<ProxiedRequest, 'verb' | 'resource' | 'name' | 'isWrite'>;

const verbs: Readonly<Record<string, string>> = { POST: 'create', PATCH: 'patch', PUT: 'update', DELETE: 'delete' };

/** Reads a path of the Kubernetes API as its authorizer does. */
function describe(method: string, path: string): Described {
  const url = new URL(path, 'http://localhost');
  const { pathname, searchParams: query } = url;
  const place = /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/(?:namespaces\/[^/]+\/(?=[^/]))?([^/]+)(?:\/([^/]+))?(?:\/(.+))?$/;
  const [, plural, name, sub] = place.exec(pathname) ?? [];
  const resource = plural === undefined ? pathname : sub === undefined ? plural : `${plural}/${sub}`;
  const reads = query.get('watch') === 'true' ? 'watch' : name === undefined ? 'list' : 'get';
  const isReview = /^\/apis\/auth(oriz|entic)ation\.k8s\.io\//.test(pathname);
  const isWrite = method !== 'GET' && query.get('dryRun') !== 'All' && !isReview;
  return { verb: verbs[method] ?? reads, resource, name, isWrite };
}
