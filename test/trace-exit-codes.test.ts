import { join } from 'node:path';
import { run } from '@stricli/core';
import { describe, expect, test } from 'vitest';
import { buildCli, parsedWords } from '../src/cli/shell/app.ts';
import type { CliContext } from '../src/cli/shell/context.ts';
import { exitCodes } from '../src/cli/shell/exit-code.ts';

const meshes = join(import.meta.dirname, 'fixtures/predictions');

/** What the command line ends with, and all that it writes. */
async function ended(...words: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };
  const outcome: CliContext['outcome'] = { code: exitCodes.done };
  const process = { stdout: stream, stderr: stream, env: { HOME: '/nowhere', PATH: '/nowhere' } };
  const signal = new AbortController().signal;
  await run(buildCli('0.1.0'), parsedWords(words), { process, isTTY: false, signal, version: '0.1.0', outcome });
  return { code: outcome.code, text: written.join('') };
}

function tracing(mesh: string, to: string, ...more: readonly string[]) {
  return ended('trace', '--snapshot', join(meshes, mesh), '--from', 'west/shop/client', '--to', to, ...more);
}

describe('trace ends', () => {
  test.each([
    ['with 0 where requests are delivered', ['gateway-with-external-ips', 'helloworld:5000'], 0, '✓ delivered'],
    ['with 7 where some are lost', ['gateway-without-address', 'helloworld:5000'], 7, '! 50% delivered'],
    ['with 10 where Envoy asks DNS', ['dns-entry', 'api.example.com:443'], 10, '? not judged'],
    ['with 10 where nobody declares the name', ['dns-entry', 'api.example.org:80'], 10, '? not judged'],
    ['with 10 where it is the address of a pod', ['gateway-with-external-ips', '10.2.0.1:5000'], 10, '? not judged'],
  ] as const)('%s', async (...[, [mesh, to], code, verdict]) => {
    const { text, ...found } = await tracing(mesh, to);
    expect(found, text).toEqual({ code });
    expect(text.trimEnd().split('\n').at(-1)).toContain(verdict);
  });

  test('with 0 where the unknown is accepted, and still with 7 where requests are lost', async () => {
    expect((await tracing('dns-entry', 'api.example.com:443', '--accept-unknown')).code).toBe(0);
    expect((await tracing('gateway-without-address', 'helloworld:5000', '--accept-unknown')).code).toBe(7);
  });
});
