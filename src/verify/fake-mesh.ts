import type { Clock } from '../base/clock.ts';
import type { IsthmusError } from '../base/error.ts';
import type { Json, JsonObject } from '../base/json.ts';
import type { CallOptions, DeleteOptions, KubeClient, ListOptions } from '../kube/client.ts';
import type { KindRef, KubeObject, ObjectRef } from '../objects/object.ts';
import { refKey, refOf } from '../objects/object.ts';
import { runProbeClient } from '../probe/client.ts';
import { type DialResult, parseClientPlan } from '../probe/protocol.ts';
import type { Wire, WireAnswer } from '../probe/wire.ts';
import { onlyService, sharedService } from './checks.ts';

/** An endpoint as a caller's sidecar has it. */
export interface FakeHost {
  readonly address: string;
  readonly port: number;
  /** The cluster whose server answers behind it. */
  readonly cluster: string;
  readonly priority?: number;
}

/** A mesh whose network, sidecars and pods are functions: tests break one of them at a time. */
export interface FakeMesh {
  readonly clusters: readonly { readonly name: string; readonly network: string }[];
  readonly trustDomain: string;
  /** The endpoints that the sidecar in `from` has for the servers of `to`. */
  hosts(from: string, to: string): readonly FakeHost[];
  /** What a request over an endpoint gives; an Error stands for no answer, undefined for the server's own answer. */
  answer(from: string, host: FakeHost): WireAnswer | Error | undefined;
  dial(from: string, host: { readonly address: string; readonly port: number }): DialResult;
  resolves(from: string, service: string): boolean;
  sidecarReady(cluster: string): boolean;
  /** The status of a pod that was created. */
  podStatus(cluster: string, pod: string): JsonObject;
  /** Whether the injection webhook adds sidecars. */
  injects(cluster: string): boolean;
  /** When istiod puts its root into a new namespace, in monotonic milliseconds. */
  rootCertificateAt(cluster: string): number;
  /** The answer of an API server that is not as it should be; undefined lets the call through. */
  apiFailure(cluster: string, verb: string, ref: KindRef): IsthmusError | undefined;
}

export function podIp(cluster: string): string {
  return `10.0.0.${cluster.charCodeAt(0)}`;
}

export function gatewayAddress(cluster: string): string {
  return `198.19.0.${cluster.charCodeAt(0)}`;
}

/** A mesh in which everything works. */
export function workingMesh(clusters: FakeMesh['clusters'], trustDomain = 'cluster.local'): FakeMesh {
  const networkOf = (name: string): string | undefined => clusters.find((cluster) => cluster.name === name)?.network;
  return {
    clusters,
    trustDomain,
    hosts: (from, to) =>
      networkOf(from) === networkOf(to)
        ? [{ address: podIp(to), port: 8080, cluster: to }]
        : [{ address: gatewayAddress(to), port: 15_443, cluster: to }],
    answer: () => undefined,
    dial: (_from, { address, port }) => ({ address, port, tcp: 'Connected', tls: 'Handshake' }),
    resolves: () => true,
    sidecarReady: () => true,
    podStatus: (cluster, pod) => ({
      phase: 'Running',
      podIP: pod.startsWith('server-') ? podIp(cluster) : '10.0.1.1',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'probe', ready: true, state: { running: {} } }],
    }),
    injects: () => true,
    rootCertificateAt: () => 0,
    apiFailure: () => undefined,
  };
}

/** The API server of one cluster of a fake mesh: it keeps objects and runs the probe client of a created client pod. */
export interface FakeCluster {
  readonly client: KubeClient;
  readonly objects: ReadonlyMap<string, KubeObject>;
  readonly deleted: readonly string[];
}

export function fakeCluster(mesh: FakeMesh, cluster: string, clock: Clock): FakeCluster {
  const objects = new Map<string, KubeObject>();
  const deleted: string[] = [];
  const lines: string[] = [];
  const stop = new AbortController();
  const check = (verb: string, ref: KindRef, options: CallOptions = {}): void => {
    options.signal?.throwIfAborted();
    const failure = mesh.apiFailure(cluster, verb, ref);
    if (failure !== undefined) throw failure;
  };
  const unused = (): never => {
    throw new Error('verify does not use this call');
  };
  const create = async (object: KubeObject, options?: CallOptions): Promise<KubeObject> => {
    check('create', object, options);
    const stored = object.kind === 'Pod' ? storedPod(mesh, cluster, object) : object;
    objects.set(refKey(refOf(stored)), stored);
    if (object.kind === 'Pod' && object.metadata.name.startsWith('client-')) {
      void runClient({ mesh, cluster, clock, signal: stop.signal }, object, lines).catch(() => undefined);
    }
    return stored;
  };
  const remove = async (ref: ObjectRef, options?: DeleteOptions): Promise<'deleted' | 'absent'> => {
    check('delete', ref, options);
    const existed = objects.delete(refKey(ref));
    if (ref.kind === 'Namespace') stop.abort();
    if (existed) deleted.push(ref.name);
    return existed ? 'deleted' : 'absent';
  };
  const list = async (kind: KindRef, options: ListOptions = {}): Promise<readonly KubeObject[]> => {
    check('list', kind, options);
    return [...objects.values()].filter(
      ({ kind: found, metadata }) =>
        found === kind.kind && (options.namespace === undefined || metadata.namespace === options.namespace),
    );
  };
  const client: KubeClient = {
    cluster,
    server: `https://${cluster}.example:6443`,
    certificateAuthority: undefined,
    counts: () => ({ requests: 0, writes: 0 }),
    get: async (ref, options) => {
      check('get', ref, options);
      if (ref.kind !== 'ConfigMap') return objects.get(refKey(ref));
      return mesh.rootCertificateAt(cluster) <= clock.monotonic()
        ? { ...ref, metadata: { name: ref.name } }
        : undefined;
    },
    list,
    create,
    delete: remove,
    logs: async (_pod, options) => {
      check('logs', { apiVersion: 'v1', kind: 'Pod' }, options);
      return lines.join('');
    },
    apply: async (object, options) => {
      check('apply', object, options);
      return options.dryRun === 'All' && object.kind === 'Pod' ? storedPod(mesh, cluster, object) : unused();
    },
    watch: unused,
    forward: unused,
    exec: unused,
    raw: unused,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { client, objects, deleted };
}

function storedPod(mesh: FakeMesh, cluster: string, pod: KubeObject): KubeObject {
  const spec = pod.spec as JsonObject;
  const initContainers = mesh.injects(cluster) ? [{ name: 'istio-proxy' }] : [];
  return { ...pod, spec: { ...spec, initContainers }, status: mesh.podStatus(cluster, pod.metadata.name) };
}

interface ClientPod {
  readonly mesh: FakeMesh;
  readonly cluster: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

function runClient(pod: ClientPod, object: KubeObject, lines: string[]): Promise<void> {
  const containers = (object.spec as JsonObject).containers as readonly JsonObject[];
  const env = containers[0]?.env as readonly JsonObject[];
  const plan = parseClientPlan(String(env[0]?.value));
  const write = (line: string): number => lines.push(`${line}\n`);
  return runProbeClient({ plan, clock: pod.clock, wire: fakeWire(pod, plan.namespace), write, signal: pod.signal });
}

function fakeWire({ mesh, cluster: from, clock }: ClientPod, namespace: string): Wire {
  const sent = new Map<string, { total: number; good: number }>();
  const hostsOf = (service: string): readonly FakeHost[] =>
    mesh.clusters
      .filter(({ name }) => service === sharedService || service === onlyService(name))
      .flatMap(({ name }) => mesh.hosts(from, name));
  const call = (service: string): WireAnswer => {
    const hosts = hostsOf(service);
    const first = Math.min(...hosts.map((host) => host.priority ?? 0));
    const usable = hosts.filter((host) => (host.priority ?? 0) === first);
    const count = [...sent]
      .filter(([key]) => key.startsWith(`${service} `))
      .reduce((sum, [, { total }]) => sum + total, 0);
    const host = usable[count % Math.max(1, usable.length)];
    if (host === undefined) return { status: 503, body: 'no healthy upstream' };
    const key = `${service} ${host.address}`;
    const counts = sent.get(key) ?? { total: 0, good: 0 };
    const answer = mesh.answer(from, host) ?? ownAnswer(mesh, { from, to: host.cluster, namespace });
    const good = !(answer instanceof Error) && answer.status === 200;
    sent.set(key, { total: counts.total + 1, good: counts.good + (good ? 1 : 0) });
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const clusters = (): Json =>
    [...mesh.clusters.map(({ name }) => onlyService(name)), sharedService].map((service) => ({
      name: `outbound|80||${service}.${namespace}.svc.cluster.local`,
      host_statuses: hostsOf(service).map((host) => hostStatus(host, sent.get(`${service} ${host.address}`))),
    }));
  return {
    resolve: async (service) => {
      if (mesh.resolves(from, service)) return '10.96.0.10';
      throw new Error(`getaddrinfo ENOTFOUND ${service}`);
    },
    get: async ({ port, host }) => {
      await clock.sleep(2);
      if (port === 15_021) return { status: mesh.sidecarReady(from) ? 200 : 503, body: '' };
      if (port === 15_000) return { status: 200, body: JSON.stringify({ cluster_statuses: clusters() }) };
      return call(host ?? '');
    },
    dial: async (wanted) => mesh.dial(from, wanted),
  };
}

function hostStatus(host: FakeHost, counts = { total: 0, good: 0 }): Json {
  return {
    address: { socket_address: { address: host.address, port_value: host.port } },
    stats: [
      { name: 'rq_total', value: String(counts.total) },
      { name: 'rq_success', value: String(counts.good) },
    ],
    health_status: { eds_health_status: 'HEALTHY' },
    weight: 1,
    ...(host.priority === undefined ? {} : { priority: host.priority }),
  };
}

function ownAnswer(
  { trustDomain }: FakeMesh,
  { from, to, namespace }: { readonly from: string; readonly to: string; readonly namespace: string },
): WireAnswer {
  const idOf = (account: string): string => `spiffe://${trustDomain}/ns/${namespace}/sa/${account}`;
  const clientCertificate = `By=${idOf(`server-${to}`)};Hash=00;Subject="";URI=${idOf(`client-${from}`)}`;
  return { status: 200, body: JSON.stringify({ cluster: to, pod: `server-${to}`, clientCertificate }) };
}
