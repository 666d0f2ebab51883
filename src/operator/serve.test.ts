import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';
import { serve } from './serve.ts';

async function asked(port: number, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: answer.status, text: await answer.text() };
}

test('it lives from the beginning, is ready when nothing is in the way, and shows metrics', async () => {
  let problem: string | undefined = 'the home cluster is not connected to';
  const metrics = createMetrics();
  metrics.leads(true);
  await using serving = await serve({ port: 0, metrics, problem: () => problem });
  const { port } = serving;
  expect(await asked(port, '/healthz')).toEqual({ status: 200, text: 'ok\n' });
  expect(await asked(port, '/readyz')).toEqual({ status: 503, text: 'the home cluster is not connected to\n' });
  problem = undefined;
  expect(await asked(port, '/readyz')).toEqual({ status: 200, text: 'ok\n' });
  expect(await asked(port, '/metrics')).toMatchObject({
    status: 200,
    text: expect.stringContaining('isthmus_operator_leader 1'),
  });
  expect(await asked(port, '/queue')).toEqual({ status: 200, text: '[]\n' });
  metrics.watchQueue(() => [
    { key: 'west', state: 'Idle', failures: 0, sinceMs: 9_000 },
    { key: 'east', state: 'Waiting', failures: 2, sinceMs: 1_600, nextInMs: 400 },
    { key: 'south', state: 'Working', failures: 0, sinceMs: 2_000 },
  ]);
  expect(JSON.parse((await asked(port, '/queue')).text)).toEqual([
    { cluster: 'east', state: 'Waiting', failures: 2, sinceSeconds: 2, nextInSeconds: 0 },
    { cluster: 'south', state: 'Working', failures: 0, sinceSeconds: 2 },
  ]);
  expect(await asked(port, '/')).toMatchObject({ status: 404 });
});

test('it answers nobody after its end', async () => {
  const serving = await serve({ port: 0, metrics: createMetrics(), problem: () => undefined });
  await serving[Symbol.asyncDispose]();
  await expect(asked(serving.port, '/healthz')).rejects.toThrow();
});

test('metrics that cannot be read are a failure of the server, and no end of the process', async () => {
  const text = async (): Promise<string> => {
    throw new Error('no');
  };
  await using serving = await serve({
    port: 0,
    metrics: { text, contentType: 'text/plain', queue: () => [] },
    problem: () => undefined,
  });
  expect(await asked(serving.port, '/metrics')).toMatchObject({ status: 500 });
});
