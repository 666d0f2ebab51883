import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { IsthmusError } from '../../../src/base/error.ts';
import { inNamespace } from '../network/namespaces.ts';
import { startBackground } from '../process/background.ts';
import { isAlive, type ProcessId, procReader } from '../process/proc.ts';
import type { Part } from '../state/schema.ts';
import { callApi, socketAnswers, waitUntil } from './api.ts';
import { partCommand } from './commands.ts';
import type { KubeconfigEntry } from './kubeconfig.ts';
import type { ClusterSite } from './site.ts';

/** The log of a part. */
export function partLog(site: ClusterSite, part: Part): string {
  return join(site.paths.logs, `${part}.log`);
}

/** Starts one part of a cluster in the cluster's network namespace. */
export function startPart(site: ClusterSite, part: Part): ProcessId {
  return startBackground({
    command: inNamespace(site.namespace, partCommand(part, site)),
    logFile: partLog(site, part),
    group: site.programsGroup,
    cwd: site.paths.folder,
    // containerd finds its shim and runc on PATH, the CNI plug-ins and kube-proxy find nft and iptables.
    env: { PATH: `${site.bin}:/usr/sbin:/usr/bin:/sbin:/bin` },
  });
}

export interface StartOptions {
  readonly admin: KubeconfigEntry;
  /** Told of every started part, so that it is on record before the next one starts. */
  readonly record: (part: Part, id: ProcessId) => void;
  readonly signal?: AbortSignal | undefined;
}

function start(site: ClusterSite, part: Part, options: StartOptions): ProcessId {
  options.signal?.throwIfAborted();
  const id = startPart(site, part);
  options.record(part, id);
  return id;
}

/** Waits for a part's sign of life, and no longer than the part itself lives. */
async function awaitPart(
  site: ClusterSite,
  { part, id, what }: { readonly part: Part; readonly id: ProcessId; readonly what: string },
  options: StartOptions & { readonly question: () => Promise<boolean> },
): Promise<void> {
  const died = new AbortController();
  const signals = options.signal === undefined ? [died.signal] : [died.signal, options.signal];
  const logFile = partLog(site, part);
  const remedy = `see ${logFile}`;
  const programs = [{ pid: id.pid, logFile }];
  const wait = { what, cluster: site.name, programs, remedy, signal: AbortSignal.any(signals) };
  await waitUntil(wait, async () => {
    if (!isAlive(id, procReader)) died.abort(partDied(site, part));
    return await options.question();
  });
}

function partDied(site: ClusterSite, part: Part): IsthmusError {
  return new IsthmusError('internal', `${site.name}: ${part} ended while the lab was starting`, {
    cluster: site.name,
    remedy: `the last lines of its log:\n${lastLines(partLog(site, part))}`,
  });
}

/** A lab that does not start is removed with its logs, so the end of the log goes into the message. */
function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
  } catch {
    return '(no log)';
  }
}

/** Starts etcd and the API server, and gives back control when the API server is ready. */
export async function startApiServer(site: ClusterSite, options: StartOptions): Promise<void> {
  start(site, 'etcd', options);
  const id = start(site, 'apiserver', options);
  await awaitPart(
    site,
    { part: 'apiserver', id, what: 'the API server was not ready' },
    { ...options, question: async () => (await callApi(options.admin, { path: '/readyz' })).status === 200 },
  );
}

/** Starts containerd and gives back control when it answers. */
export async function startContainerd(site: ClusterSite, options: StartOptions): Promise<void> {
  const id = start(site, 'containerd', options);
  await awaitPart(
    site,
    { part: 'containerd', id, what: 'containerd did not answer' },
    { ...options, question: () => socketAnswers(site.paths.containerdSocket) },
  );
}

/** Starts the rest of a control plane whose API server is ready, and waits until pods may be created. */
export async function startControllers(site: ClusterSite, options: StartOptions): Promise<void> {
  const id = start(site, 'controller-manager', options);
  start(site, 'scheduler', options);
  const path = '/api/v1/namespaces/default/serviceaccounts/default';
  await awaitPart(
    site,
    { part: 'controller-manager', id, what: 'the default service account was not made' },
    { ...options, question: async () => (await callApi(options.admin, { path })).status === 200 },
  );
}

/** Starts the rest of a node whose containerd and API server answer, and waits until the node is Ready. */
export async function startNode(site: ClusterSite, options: StartOptions): Promise<void> {
  const id = start(site, 'kubelet', options);
  start(site, 'kube-proxy', options);
  start(site, 'coredns', options);
  await awaitPart(
    site,
    { part: 'kubelet', id, what: 'the node was not Ready' },
    { ...options, question: async () => await nodeReady(site, options.admin) },
  );
}

const uninitialized = 'node.cloudprovider.kubernetes.io/uninitialized';

const nodeSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z.object({ taints: z.array(z.looseObject({ key: z.string() })).optional() }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).optional() }),
});

type Node = z.infer<typeof nodeSchema>;

async function readNode({ nodeName }: ClusterSite, admin: KubeconfigEntry): Promise<Node | undefined> {
  const answer = await callApi(admin, { path: `/api/v1/nodes/${nodeName}` });
  return answer.status === 200 ? nodeSchema.parse(JSON.parse(answer.body)) : undefined;
}

async function nodeReady(site: ClusterSite, admin: KubeconfigEntry): Promise<boolean> {
  const node = await readNode(site, admin);
  if (node === undefined) return false;
  if (node.spec.taints?.some(({ key }) => key === uninitialized) === true) {
    await initialize(site, admin);
    return false;
  }
  return (node.status.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}

/**
 * What a cloud's controllers do with a new node: they state the addresses, the external one too, and the range of its
 * pods, and let pods in.
 * Where someone else changes the node at the same moment nothing is let in, and the next look tries again.
 */
async function initialize(site: ClusterSite, admin: KubeconfigEntry): Promise<void> {
  const path = `/api/v1/nodes/${site.nodeName}`;
  const { wan, podSubnet } = site.addresses;
  const addresses = [
    { type: 'InternalIP', address: wan },
    { type: 'ExternalIP', address: wan },
    { type: 'Hostname', address: site.nodeName },
  ];
  await callApi(admin, { method: 'PATCH', path: `${path}/status`, body: { status: { addresses } } });
  const node = await readNode(site, admin);
  if (node === undefined) return;
  const { resourceVersion } = node.metadata;
  const taints = (node.spec.taints ?? []).filter(({ key }) => key !== uninitialized);
  const spec = { podCIDR: podSubnet, podCIDRs: [podSubnet], taints };
  await callApi(admin, { method: 'PATCH', path, body: { metadata: { resourceVersion }, spec } });
}
