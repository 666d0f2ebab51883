import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ServerAnswer, ServerPlan } from './protocol.ts';

export interface ProbeServerOptions {
  readonly plan: ServerPlan;
  readonly clock: Clock;
  /** The server's own cluster, for the deletion of its own namespace and nothing else. */
  readonly kube: Pick<KubeClient, 'delete'>;
  /** Ends the server. */
  readonly signal: AbortSignal;
  readonly onListening?: (port: number) => void;
}

/** Pause between two attempts to delete the namespace, in milliseconds. */
const retryMs = 5_000;

/**
 * Answers every request with the server's cluster and the certificate facts that its sidecar passed on, until the
 * signal is aborted. When the plan's lifetime is over it deletes its own namespace: a run whose owner was killed
 * leaves nothing behind. Rejects where the port cannot be had.
 */
export async function runProbeServer(options: ProbeServerOptions): Promise<void> {
  using answering = await startAnswering(options.plan);
  try {
    options.onListening?.(answering.port);
    await deleteNamespaceWhenDue(options);
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
}

/** What a server says of itself, and where. */
export type Answering = Pick<ServerPlan, 'cluster' | 'pod' | 'port'>;

/** Answers from now on, until it is disposed. Rejects where the port cannot be had. */
export async function startAnswering(plan: Answering): Promise<Disposable & { readonly port: number }> {
  const server = answeringServer(plan);
  const port = await listen(server, plan.port);
  return {
    port,
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answeringServer(plan: Answering): Server {
  // The sidecar keeps idle connections: closing one would lose the request that comes on it just then.
  return createServer({ keepAliveTimeout: 0 }, (request, response) => {
    const header = request.headers['x-forwarded-client-cert'];
    const answer: ServerAnswer = {
      cluster: plan.cluster,
      pod: plan.pod,
      clientCertificate: (Array.isArray(header) ? header.join(',') : header) ?? null,
    };
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Rejects with the signal's reason; until then it waits, and after the lifetime tries to delete again and again. */
async function deleteNamespaceWhenDue({ plan, clock, kube, signal }: ProbeServerOptions): Promise<never> {
  await clock.sleep(plan.lifetimeSeconds * 1000, signal);
  for (;;) {
    try {
      await kube.delete({ apiVersion: 'v1', kind: 'Namespace', name: plan.namespace }, { signal, timeoutMs: 10_000 });
    } catch {
      // Nobody reads this pod's output now: it helps to try again until its own deadline ends the pod.
    }
    await clock.sleep(retryMs, signal);
  }
}
