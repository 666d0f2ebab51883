import { describe, expect, test } from 'vitest';
import type { Json } from '../../base/json.ts';
import type { ExecResult } from '../client.ts';
import { connect } from '../connect.ts';
import { acceptSocket, closeMessage, channelMessage as message } from '../testing/channel-socket.ts';
import { testPorts } from '../testing/ports.ts';
import { answer, startScripted, statusBody } from '../testing/scripted-server.ts';

const target = { pod: { namespace: 'a', name: 'p' }, container: 'app', command: ['curl', '--header', 'a: b&c'] };

/** Runs the program on a kubelet that sends these messages; gives the URL that was asked for too. */
async function run(...messages: readonly Buffer[]): Promise<{ readonly result: ExecResult; readonly url: URL }> {
  let asked = '';
  await using server = await startScripted((_request, response) => response.end(), {
    onUpgrade: (request, socket) => {
      asked = request.url ?? '';
      acceptSocket(request, socket);
      for (const one of messages) socket.write(one);
      socket.end(closeMessage);
    },
  });
  await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
  return { result: await client.exec(target), url: new URL(asked, 'http://x') };
}

function status(body: { readonly [key: string]: Json }): Buffer {
  return message(3, JSON.stringify(body));
}

describe('a program in a container', () => {
  test('gets its arguments as they are, and its output comes back by channel', async () => {
    const { result, url } = await run(message(1, 'o'), message(2, 'e'), message(1, 'k'), status({ status: 'Success' }));
    expect(result).toEqual({ exitCode: 0, stdout: 'ok', stderr: 'e' });
    expect(url.pathname).toBe('/api/v1/namespaces/a/pods/p/exec');
    expect(url.searchParams.getAll('command')).toEqual(target.command);
    expect(url.searchParams.get('container')).toBe('app');
  });

  test('ends with its own code', async () => {
    const details = { causes: [{ reason: 'ExitCode', message: '7' }] };
    const { result } = await run(status({ status: 'Failure', reason: 'NonZeroExitCode', details }));
    expect(result.exitCode).toBe(7);
  });

  test.each([
    ['that the container does not have', [status({ status: 'Failure', reason: 'InternalError', message: 'no curl' })]],
    ['whose connection breaks', [message(1, 'half')]],
  ])('%s is exec-failed', async (_, messages) => {
    await expect(run(...messages)).rejects.toMatchObject({ code: 'exec-failed', cluster: 'west' });
  });

  test('that writes without end is stopped, and only so much of it is kept', async () => {
    const part = message(1, 'x'.repeat(4_000_000));
    await expect(run(...Array.from({ length: 17 }, () => part))).rejects.toMatchObject({
      code: 'exec-failed',
      message: expect.stringContaining('more than 64 MB came'),
    });
    const { result } = await run(
      message(9, 'x'),
      message(1, 'a'),
      part,
      message(1, 'b'),
      status({ status: 'Success' }),
    );
    expect(result.stdout).toBe(`a${'x'.repeat(1024 * 1024 - 1)}`);
  });

  test('that fails with a long reason is reported shortly', async () => {
    const body = { status: 'Failure', reason: 'InternalError', message: 'y'.repeat(100_000) };
    const error: unknown = await run(status(body)).catch((thrown: unknown) => thrown);
    expect(String(error).length).toBeLessThan(1_000);
  });

  test.each([
    [403, 'access-denied'],
    [404, 'not-found'],
    [400, 'exec-failed'],
  ])('that is refused with %i is %s', async (code, expected) => {
    await using server = await startScripted(
      (_request, response) => answer(response, code, statusBody(code, { message: 'because' })),
      { onUpgrade: (_request, socket) => socket.end(`HTTP/1.1 ${code} No\r\n\r\n`) },
    );
    await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
    await expect(client.exec(target)).rejects.toMatchObject({ code: expected, cluster: 'west' });
  });

  test('that does not end is given up', async () => {
    await using server = await startScripted((_request, response) => response.end(), { onUpgrade: acceptSocket });
    await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
    await expect(client.exec(target, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'timeout' });
  });
});
