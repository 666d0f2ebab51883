import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../base/json.ts';
import type { ExecResult, ExecTarget } from '../kube/client.ts';
import { createFake } from '../kube/testing/fake.ts';
import { type MarkedAnswer, sendMarkedRequest } from './marked-request.ts';

const name = { namespace: 'sample', name: 'client-1' };
const request = { url: 'http://reviews:80/', method: 'GET', headers: { 'x-version': 'v2' }, id: 'an-id' };

async function send(
  exec: ((target: ExecTarget) => ExecResult) | undefined,
  metadata: JsonObject = {},
): Promise<MarkedAnswer> {
  const containers = [{ name: 'istio-proxy' }, { name: 'app' }, { name: 'tools' }];
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...name, ...metadata }, spec: { containers } };
  await using client = createFake({ objects: [pod], ...(exec === undefined ? {} : { exec }) });
  return await sendMarkedRequest(client, name, { request, signal: new AbortController().signal });
}

function saying(stdout: string, stderr = '', exitCode = 0): () => ExecResult {
  return () => ({ stdout, stderr, exitCode });
}

describe('a marked request', () => {
  test('is sent by the application’s own curl, with its mark and the headers that are asked for', async () => {
    const targets: ExecTarget[] = [];
    const exec = (target: ExecTarget): ExecResult => {
      targets.push(target);
      return { exitCode: 0, stderr: '', stdout: 'HTTP/1.1 200 OK\r\nx-envoy-upstream-service-time: 3\r\n\r\nhello' };
    };
    expect(await send(exec)).toEqual({ status: 200, fromUpstream: true, problem: null });
    expect(targets).toMatchObject([{ pod: name, container: 'app' }]);
    const command = targets[0]?.command ?? [];
    expect(command.join(' ')).toContain('--request GET');
    expect([command[0], command.at(-1)]).toEqual(['curl', 'http://reviews:80/']);
    expect(command).toEqual(
      expect.arrayContaining(['x-version: v2', 'x-request-id: an-id', 'user-agent: isthmus-trace']),
    );
  });

  test('is sent by the container that kubectl would take', async () => {
    const targets: ExecTarget[] = [];
    const exec = (target: ExecTarget): ExecResult => {
      targets.push(target);
      return saying('HTTP/2 404\r\n\r\n')();
    };
    const annotations = { 'kubectl.kubernetes.io/default-container': 'tools' };
    expect(await send(exec, { annotations })).toEqual({ status: 404, fromUpstream: false, problem: null });
    expect(targets).toMatchObject([{ container: 'tools' }]);
  });

  test('that nobody answers says why', async () => {
    const answer = await send(saying('', 'curl: (28) timed out\n', 28));
    expect(answer).toEqual({ status: null, fromUpstream: false, problem: 'curl: (28) timed out' });
  });

  test.each([
    ['the runtime refuses', undefined],
    ['a shell does not find', saying('', 'not found', 127)],
  ])('of a container without curl, as %s, is not sent', async (_, exec) => {
    await expect(send(exec)).rejects.toMatchObject({ code: 'exec-failed', message: /container app has no curl/ });
  });
});
