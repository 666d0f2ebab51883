import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { asIsthmusError, endedBy, IsthmusError } from './error.ts';

describe('work that a signal ended', () => {
  test('is cancelled where a person ended it', () => {
    const error = endedBy(AbortSignal.abort(), 'apply Secret a/b', { cluster: 'east' });
    expect(error).toMatchObject({ code: 'cancelled', cluster: 'east' });
    expect(error.message).toBe('cluster east: cancelled: apply Secret a/b');
  });

  test('is a timeout where a time limit ended it, and says how to get more', async () => {
    const signal = AbortSignal.timeout(0);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    expect(endedBy(AbortSignal.any([signal]), 'apply Secret a/b')).toMatchObject({
      code: 'timeout',
      message: 'timed out: apply Secret a/b',
      remedy: expect.arrayContaining([{ do: 'Option', name: 'timeout' }]),
    });
    const slept = await delay(1000, undefined, { signal }).catch((error: unknown) => error);
    expect(asIsthmusError(slept).code).toBe('timeout');
  });

  test('is the reason itself where that is ours', () => {
    const lost = new IsthmusError('lock-held', 'lost');
    expect(endedBy(AbortSignal.abort(lost), 'apply Secret a/b')).toBe(lost);
  });
});
