import type { Clock } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import { IsthmusError } from '../base/error.ts';
import type { Json } from '../base/json.ts';
import type { Logger } from '../base/logger.ts';
import { parseJson } from '../base/parse-json.ts';
import { remedy, repeat } from '../base/remedy.ts';
import { isConfidentialKind } from '../objects/confidential.ts';
import { asKubeObject, describeRef, type KindRef, type KubeObject, type ObjectRef, refOf } from '../objects/object.ts';
import { fieldManager } from '../objects/ownership.ts';
import type { ClusterAccess, Environment } from './access/access.ts';
import { credentialProvider } from './access/credential.ts';
import { pluginRunner, type RunPlugin } from './access/exec-plugin.ts';
import type { ApplyOptions, CallOptions, DeleteOptions, KubeClient, LogOptions, RawRequest } from './client.ts';
import type { Resource } from './objects/built-in-kinds.ts';
import { createDiscovery, type Discovery } from './objects/discovery.ts';
import { listAll } from './objects/lists.ts';
import { collectionPath, objectPath } from './objects/path.ts';
import { watchKind } from './objects/watch.ts';
import { execInPod } from './pod/exec.ts';
import { openForward } from './pod/forward.ts';
import { type Call, type Caller, changesSomething, createCaller, isSuccess } from './transport/caller.ts';
import { createLimiter, type Limits } from './transport/limiter.ts';
import { proxyFromEnvironment } from './transport/proxy.ts';
import { openTransport } from './transport/transport.ts';

/** What a client takes from the process that it runs in. */
export interface ConnectPorts {
  /** For HTTPS_PROXY and NO_PROXY, and given to credential plug-ins. */
  readonly environment: Environment;
  /** Numbers in [0, 1) that spread retries. */
  readonly random: () => number;
  readonly clock: Clock;
  /** Told of every request, at level debug. */
  readonly logger?: Logger | undefined;
  readonly counters?: Counters | undefined;
  /** How many requests may be in flight to each API server. */
  readonly limits?: Limits;
}

export interface ConnectOptions extends ConnectPorts {
  /** The cluster's name as the mesh file gives it. */
  readonly cluster: string;
  /** Default: runs plug-ins as programs, in `environment`. */
  readonly runPlugin?: RunPlugin;
}

/**
 * A client for the API server that `access` describes. Nothing is sent before the first call; an unreadable
 * certificate authority is `file-unreadable`.
 */
export async function connect(access: ClusterAccess, options: ConnectOptions): Promise<KubeClient> {
  const { cluster, clock, random, environment, logger, counters } = options;
  const { server, origin, context } = access;
  const run = options.runPlugin ?? pluginRunner(environment);
  const credentials = credentialProvider(access, { cluster, clock, run });
  const certificateAuthority = await credentials.authority();
  const proxy = access.proxy ?? proxyFromEnvironment(server, environment);
  const transport = openTransport(access, credentials, proxy);
  const limiter = createLimiter(clock, options.limits);
  const closing = new AbortController();
  const closed = closing.signal;
  const caller = createCaller({
    cluster,
    server: proxy === undefined ? server : `${server} (through the proxy ${new URL(proxy).host})`,
    origin,
    context,
    ...(proxy === undefined ? {} : { proxy: new URL(proxy).host }),
    transport,
    credentials,
    limiter,
    clock,
    random,
    closed,
    logger,
    counters,
  });
  const discovery = createDiscovery(caller, cluster, clock);
  const cell: Cell = { cluster, caller, discovery };

  return {
    cluster,
    server,
    ...(context === undefined ? {} : { context }),
    certificateAuthority,
    ...(access.skipVerification ? { verification: 'Skipped' } : {}),
    counts: () => caller.counts(),
    clockLagMs: () => caller.clockLagMs(),
    get: (ref, callOptions) => getObject(cell, ref, callOptions),
    async list(kind, listOptions = {}) {
      const resource = await discovery.resourceOf(kind);
      if (resource === undefined) return [];
      return (await listAll(caller, { kind, resource, cluster, options: listOptions })).objects;
    },
    apply: (object, applyOptions) => applyObject(cell, object, applyOptions),
    create: (object, callOptions) => createObject(cell, object, callOptions),
    delete: (ref, deleteOptions) => deleteObject(cell, ref, deleteOptions),
    watch: (kind, watchOptions) =>
      watchKind({ kind, options: watchOptions, cluster, caller, discovery, clock, random, closed }),
    logs: (pod, logOptions) => readLogs(cell, pod, logOptions),
    forward: (pod, port, callOptions) =>
      openForward({ cluster, caller, transport, clock, closed }, { pod, port }, callOptions),
    exec: (target, callOptions) => execInPod({ cluster, caller, transport, clock, closed }, target, callOptions),
    raw: (request) => sendRaw(cell, request),
    async [Symbol.asyncDispose]() {
      closing.abort();
      limiter[Symbol.dispose]();
      await transport.close();
    },
  };
}

interface Cell {
  readonly cluster: string;
  readonly caller: Caller;
  readonly discovery: Discovery;
}

async function getObject(cell: Cell, ref: ObjectRef, options: CallOptions = {}): Promise<KubeObject | undefined> {
  const resource = await cell.discovery.resourceOf(ref);
  if (resource === undefined) return undefined;
  const path = objectPath(ref, resource, cell.cluster);
  const call: Call = {
    method: 'GET',
    path,
    action: `read ${describeRef(ref)}`,
    repeatable: true,
    confidential: isConfidentialKind(ref),
    options,
  };
  const answer = await cell.caller.send(call);
  if (answer.status === 404) return undefined;
  if (!isSuccess(answer)) throw cell.caller.refusal(answer, call);
  return parseObject(cell, answer.text, call);
}

async function applyObject(cell: Cell, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
  const ref = refOf(object);
  const resource = await knownResource(cell, ref);
  const query = {
    fieldManager: options.fieldManager,
    fieldValidation: 'Strict',
    force: options.conflicts === 'Force' ? 'true' : 'false',
    ...(options.dryRun === undefined ? {} : { dryRun: options.dryRun }),
  };
  const part = options.subresource === undefined ? '' : `/${options.subresource}`;
  const call: Call = {
    method: 'PATCH',
    path: `${objectPath(ref, resource, cell.cluster)}${part}`,
    query,
    body: object,
    contentType: 'application/apply-patch+yaml',
    action: `apply ${part === '' ? '' : 'the status of '}${describeRef(ref)}`,
    repeatable: true,
    confidential: isConfidentialKind(object),
    options,
  };
  const answer = await cell.caller.send(call);
  if (!isSuccess(answer)) throw cell.caller.refusal(answer, call);
  const stored = parseObject(cell, answer.text, call);
  if (options.dryRun === undefined) cell.discovery.learn(stored);
  return stored;
}

async function createObject(cell: Cell, object: KubeObject, options: CallOptions = {}): Promise<KubeObject> {
  const ref = refOf(object);
  const resource = await knownResource(cell, ref);
  const call: Call = {
    method: 'POST',
    path: collectionPath(ref, resource, ref.namespace),
    // The manager of what is created too is how a later run knows what is ours.
    query: { fieldManager, fieldValidation: 'Strict' },
    body: object,
    action: `create ${describeRef(ref)}`,
    repeatable: false,
    confidential: isConfidentialKind(object),
    options,
  };
  const answer = await cell.caller.send(call);
  if (!isSuccess(answer)) throw cell.caller.refusal(answer, call);
  const stored = parseObject(cell, answer.text, call);
  cell.discovery.learn(stored);
  return stored;
}

async function deleteObject(cell: Cell, ref: ObjectRef, options: DeleteOptions = {}): Promise<'deleted' | 'absent'> {
  const resource = await cell.discovery.resourceOf(ref);
  if (resource === undefined) return 'absent';
  const { uid, resourceVersion } = options;
  const preconditions = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  const call: Call = {
    method: 'DELETE',
    path: objectPath(ref, resource, cell.cluster),
    body: {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: options.propagation ?? 'Background',
      ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
    },
    action: `delete ${describeRef(ref)}`,
    // Without a UID a repeated deletion could hit an object that was made in between.
    repeatable: uid !== undefined,
    confidential: isConfidentialKind(ref),
    options,
  };
  const answer = await cell.caller.send(call);
  if (answer.status === 404) return 'absent';
  if (!isSuccess(answer)) throw cell.caller.refusal(answer, call);
  return 'deleted';
}

async function readLogs(
  cell: Cell,
  pod: { readonly namespace: string; readonly name: string },
  options: LogOptions = {},
): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/log`;
  const query = {
    ...(options.container === undefined ? {} : { container: options.container }),
    ...(options.tailLines === undefined ? {} : { tailLines: String(options.tailLines) }),
    ...(options.sinceSeconds === undefined ? {} : { sinceSeconds: String(options.sinceSeconds) }),
  };
  const action = `read the log of Pod ${pod.namespace}/${pod.name}`;
  const call: Call = { method: 'GET', path, query, accept: '*/*', action, repeatable: true, options };
  const answer = await cell.caller.send(call);
  if (!isSuccess(answer)) throw cell.caller.refusal(answer, call);
  return answer.text;
}

/** Merging the same twice is as merging it once. */
const mergePatch = 'application/merge-patch+json';

async function sendRaw(cell: Cell, request: RawRequest): Promise<Json> {
  const call: Call = {
    method: request.method,
    path: request.path,
    ...(request.query === undefined ? {} : { query: request.query }),
    ...(request.body === undefined ? {} : { body: request.body }),
    ...(request.contentType === undefined ? {} : { contentType: request.contentType }),
    accept: 'application/json, */*',
    action: `${request.method} ${request.path}`,
    repeatable: !changesSomething(request) || request.contentType === mergePatch,
    confidential: /\/secrets(\/|$)/.test(request.path),
    options: request,
  };
  const answer = await cell.caller.send(call);
  if (!isSuccess(answer)) throw cell.caller.refusal(answer, call);
  return parseJson(answer.text) ?? answer.text;
}

async function knownResource({ discovery, cluster }: Cell, ref: ObjectRef & KindRef): Promise<Resource> {
  const resource = await discovery.resourceOf(ref);
  if (resource !== undefined) return resource;
  const message = `cluster ${cluster} does not know the kind ${ref.kind} of ${ref.apiVersion}: ${describeRef(ref)}`;
  throw new IsthmusError('not-found', message, {
    cluster,
    retry: true,
    remedy: remedy`install its CustomResourceDefinition; where it was made only now, ${repeat()}`,
  });
}

function parseObject({ cluster, caller }: Cell, text: string, call: Call): KubeObject {
  const object = asKubeObject(parseJson(text));
  if (object !== undefined) return object;
  throw new IsthmusError('unexpected-response', `cluster ${cluster}: cannot ${call.action}: the answer is no object`, {
    cluster,
    remedy: `check that the server address of ${caller.origin} is that of an API server`,
  });
}
