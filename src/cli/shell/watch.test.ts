import { describe, expect, test } from 'vitest';
import type { Clock } from '../../base/clock.ts';
import { IsthmusError } from '../../base/error.ts';
import type { ExitCode } from './exit-code.ts';
import { timeText } from './time-text.ts';
import { type Look, watchReport } from './watch.ts';

const look = (text: string, second: number, code: ExitCode = 0): Look => {
  const readAt = `2030-01-01T00:00:0${second}Z`;
  return { text: `${text}, read at ${timeText(readAt)}\n`, readAt, code };
};

/** Plays looks one after the other, then Ctrl-C during the pause after the last one. */
async function watched(
  looks: readonly (Look | Error)[],
  { redraws = false, ends = 'InPause' }: { readonly redraws?: boolean; readonly ends?: 'InPause' | 'InLook' } = {},
) {
  const stop = new AbortController();
  const left = [...looks];
  let written = '';
  const screens: string[] = [];
  const sleeps: number[] = [];
  const clock: Clock = {
    now: () => Date.parse('2030-01-01T00:00:09.000Z'),
    monotonic: () => 0,
    sleep: async (ms, signal) => {
      sleeps.push(ms);
      if (left.length === 0 && ends === 'InPause') stop.abort();
      signal?.throwIfAborted();
    },
  };
  const code = await watchReport({
    look: async () => {
      const next = left.shift();
      if (next === undefined) stop.abort();
      if (next instanceof Error || next === undefined) throw next ?? new IsthmusError('cancelled', 'ended');
      return next;
    },
    ...{ intervalMs: 5000, title: 'isthmus status -f m', clock, signal: stop.signal },
    terminal: {
      stdout: (text) => {
        written += text;
      },
      stderr: () => undefined,
      color: false,
      ...(redraws ? { redraw: (text: string) => void screens.push(text) } : {}),
    },
  });
  return { code, written, screens, sleeps };
}

describe('watching', () => {
  test('in a pipe writes what changed, and a line for a look that saw the same', async () => {
    const { code, written, sleeps } = await watched([
      look('healthy', 1),
      look('healthy', 2),
      look('not healthy', 3, 7),
    ]);
    expect(written).toBe(
      'healthy, read at 2030-01-01 00:00:01 UTC\nunchanged, read at 2030-01-01 00:00:02 UTC\nnot healthy, read at 2030-01-01 00:00:03 UTC\n',
    );
    expect(sleeps).toEqual([5000, 5000, 5000]);
    expect(code).toBe(7);
  });

  test('on a terminal redraws each look below the command that it repeats', async () => {
    const { screens, written } = await watched([look('healthy', 1), look('healthy', 2)], { redraws: true });
    expect(written).toBe('');
    expect(screens).toEqual([
      'isthmus status -f m, every 5 s; Ctrl-C ends it\n\nhealthy, read at 2030-01-01 00:00:01 UTC\n',
      'isthmus status -f m, every 5 s; Ctrl-C ends it\n\nhealthy, read at 2030-01-01 00:00:02 UTC\n',
    ]);
  });

  test('shows a look that fails in the place of what was seen, ends with its code, and goes on', async () => {
    const failed = new IsthmusError('timeout', 'timed out');
    const seen = await watched([look('healthy', 1), failed], { redraws: true });
    expect(seen.screens[1]).toContain('error: timed out [timeout]');
    expect(seen.screens[1]).not.toContain('healthy');
    expect(seen.code).toBe(9);
    const again = await watched([look('healthy', 1), failed, look('healthy', 3)]);
    expect(again.written).toMatch(
      /read at \S+ \S+01 UTC\nerror: timed out \[timeout\]\nhealthy, read at \S+ \S+03 UTC\n$/,
    );
    expect(again.code).toBe(0);
  });

  test('ends with the code of the last look where Ctrl-C comes during one', async () => {
    expect(await watched([look('not healthy', 1, 7)], { ends: 'InLook' })).toMatchObject({ code: 7 });
  });

  test('does not go on where the first look fails, or for a defect', async () => {
    await expect(watched([new IsthmusError('invalid-config', 'no mesh')])).rejects.toMatchObject({
      code: 'invalid-config',
    });
    await expect(watched([])).rejects.toMatchObject({ code: 'cancelled' });
    await expect(watched([look('healthy', 1), new TypeError('broken')])).rejects.toThrow('broken');
  });
});
