import { expect, test } from 'vitest';
import { type CliContext, terminalOf } from './context.ts';
import { paint } from './terminal.ts';

interface Written {
  readonly stdout: string;
  readonly stderr: string;
}

/** What both streams get of a red word. */
function written(streams: { readonly stdout: boolean; readonly stderr: boolean }, env: NodeJS.ProcessEnv): Written {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: keyof Written) => ({
    write: (text: string): void => {
      texts[name] += text;
    },
  });
  const context: CliContext = {
    process: { stdout: stream('stdout'), stderr: stream('stderr'), env },
    isTTY: streams.stderr,
    redraws: streams.stdout,
    signal: new AbortController().signal,
    version: '0.1.0',
    outcome: { code: 0 },
  };
  const terminal = terminalOf(context, {});
  terminal.stdout(paint('no', 'red', terminal.color));
  terminal.stderr(paint('no', 'red', terminal.color));
  terminal.live?.end();
  return texts;
}

const red = '\u001b[31mno\u001b[0m';

test.each([
  { stdout: true, stderr: true, env: {}, seen: [red, red] },
  { stdout: false, stderr: true, env: {}, seen: ['no', red] },
  { stdout: true, stderr: false, env: {}, seen: [red, 'no'] },
  { stdout: false, stderr: false, env: {}, seen: ['no', 'no'] },
  { stdout: false, stderr: false, env: { FORCE_COLOR: '1' }, seen: [red, red] },
  { stdout: true, stderr: true, env: { NO_COLOR: '1', FORCE_COLOR: '1' }, seen: ['no', 'no'] },
])('each stream has colours by itself: $stdout, $stderr, $env', ({ stdout, stderr, env, seen }) => {
  expect(Object.values(written({ stdout, stderr }, env))).toEqual(seen);
});
