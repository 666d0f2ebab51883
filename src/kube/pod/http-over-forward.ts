import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { IsthmusError } from '../../base/error.ts';
import type { CallOptions, KubeClient } from '../client.ts';

export interface PodRequest extends CallOptions {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  /** Path and query, with the leading slash. */
  readonly path: string;
  readonly method?: 'GET' | 'POST';
}

export interface PodAnswer {
  readonly status: number;
  readonly body: string;
}

const defaultTimeoutMs = 30_000;
/** The largest body that is read, in bytes: istiod's debug pages of a large mesh stay below it. */
const bodyLimit = 64 * 1024 * 1024;

/** One HTTP request to a port of a pod, through the API server. Fails as `KubeClient.forward` does. */
export async function getThroughPod(client: KubeClient, options: PodRequest): Promise<PodAnswer> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  const connection = await client.forward(options, options.port, { ...options, signal });
  try {
    return await overConnection(connection, options, signal);
  } catch (error) {
    throw asFailure(error, { client, options, timedOut: timeout.aborted });
  } finally {
    connection.destroy();
  }
}

function overConnection(connection: Duplex, options: PodRequest, signal: AbortSignal): Promise<PodAnswer> {
  return new Promise((resolve, reject) => {
    connection.on('error', reject);
    const outgoing = request({
      method: options.method ?? 'GET',
      path: options.path,
      headers: { host: `localhost:${options.port}`, connection: 'close', 'user-agent': 'isthmus' },
      createConnection: () => connection,
      signal,
    });
    outgoing.on('error', reject);
    // A switch of protocols (101) is no answer to what was asked, and Node tells of it neither as one nor as an error.
    outgoing.on('upgrade', () => reject(new Error('the pod changed the protocol')));
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > bodyLimit) incoming.destroy(new Error('the body is too large'));
        chunks.push(chunk);
      });
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    outgoing.end();
  });
}

interface FailureContext {
  readonly client: KubeClient;
  readonly options: PodRequest;
  readonly timedOut: boolean;
}

function asFailure(error: unknown, { client, options, timedOut }: FailureContext): IsthmusError {
  if (error instanceof IsthmusError) return error;
  const { cluster } = client;
  const what = `http://Pod ${options.namespace}/${options.name}:${options.port}${options.path}`;
  if (options.signal?.aborted === true) {
    return new IsthmusError('cancelled', `cluster ${cluster}: cancelled: ${what}`, { cluster, cause: error });
  }
  if (timedOut) {
    return new IsthmusError('timeout', `cluster ${cluster}: ${what} gave no answer in time`, {
      cluster,
      cause: error,
      retry: true,
      remedy: 'check that the pod runs and is ready',
    });
  }
  return new IsthmusError('port-forward-failed', `cluster ${cluster}: ${what} broke off`, {
    cluster,
    cause: error,
    retry: true,
    remedy: 'check that the container listens on this port and speaks plain HTTP',
  });
}
