import { createServer, type Server } from 'node:http';
import type { Metrics } from './metrics.ts';
import type { QueueState } from './queue.ts';

export interface ServingOptions {
  readonly port: number;
  readonly metrics: Pick<Metrics, 'text' | 'contentType' | 'queue'>;
  /** Why the process is not ready; undefined where it is. */
  readonly problem: () => string | undefined;
}

/** The port on which it answers; disposing it closes the server. */
export interface Serving extends AsyncDisposable {
  readonly port: number;
}

/** Answers `/healthz`, `/readyz`, `/metrics` and `/queue`, which is for `isthmus operator status`. A process that waits for the leadership is ready too. */
export async function serve({ port, metrics, problem }: ServingOptions): Promise<Serving> {
  const server = createServer((request, response) => {
    const reply = (status: number, text: string, type = 'text/plain'): void => {
      response.writeHead(status, { 'content-type': type }).end(text);
    };
    switch (request.url) {
      case '/healthz':
        return reply(200, 'ok\n');
      case '/readyz': {
        const why = problem();
        return why === undefined ? reply(200, 'ok\n') : reply(503, `${why}\n`);
      }
      case '/metrics':
        metrics.text().then(
          (text) => reply(200, text, metrics.contentType),
          () => reply(500, 'the metrics could not be read\n'),
        );
        return;
      case '/queue':
        return reply(200, `${JSON.stringify(metrics.queue().flatMap(queueItem))}\n`, 'application/json');
      default:
        return reply(404, 'not found\n');
    }
  });
  await listening(server, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** What is to be done, and since when; a cluster with which nothing is to be done is left out. */
function queueItem({ key: cluster, state, failures, sinceMs, nextInMs }: QueueState): readonly object[] {
  if (state === 'Idle') return [];
  const seconds = (ms: number): number => Math.round(ms / 1000);
  const next = nextInMs === undefined ? {} : { nextInSeconds: seconds(nextInMs) };
  return [{ cluster, state, failures, sinceSeconds: seconds(sinceMs), ...next }];
}

async function listening(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => resolve());
  });
}
