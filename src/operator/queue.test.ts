import { describe, expect, test } from 'vitest';
import { handClock } from '../kube/testing/hand-clock.ts';
import { createQueue, type Queue, quietMs, type WorkEnd } from './queue.ts';

interface Scene {
  readonly queue: Queue;
  readonly clock: ReturnType<typeof handClock>;
  readonly done: string[];
  readonly errors: unknown[];
  readonly stop: AbortController;
  /** Moves time on and lets all that follows from it happen. */
  pass(ms: number): Promise<void>;
}

function scene(work: (key: string, count: number) => Promise<WorkEnd> | WorkEnd = () => 'Done'): Scene {
  const clock = handClock();
  const done: string[] = [];
  const errors: unknown[] = [];
  const stop = new AbortController();
  const queue = createQueue({
    clock,
    random: () => 1,
    signal: stop.signal,
    work: async (key) => {
      done.push(key);
      return await work(key, done.filter((one) => one === key).length);
    },
    onError: (_, error) => errors.push(error),
  });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  const pass = async (ms: number): Promise<void> => {
    await settle();
    clock.advance(ms);
    await settle();
  };
  return { queue, clock, done, errors, stop, pass };
}

describe('a queue', () => {
  test('tells of a turn that comes at once, and of one behind a pause or a turn under way', async () => {
    const ending = Promise.withResolvers<WorkEnd>();
    const { queue, pass } = scene((key) => (key === 'long' ? ending.promise : 'Failed'));
    expect([queue.wake('long'), queue.wake('dead'), queue.wake('dead')]).toEqual(['Soon', 'Soon', 'Soon']);
    await pass(quietMs);
    expect([queue.wake('long'), queue.wake('dead')]).toEqual(['Later', 'Later']);
    ending.resolve('Done');
    await pass(0);
    expect(queue.wake('long')).toBe('Soon');
  });

  test('does a key once for all that wakes it within the quiet window', async () => {
    const { queue, done, pass } = scene();
    queue.wake('west');
    await pass(quietMs - 1);
    queue.wake('west');
    queue.wake('west');
    expect(done).toEqual([]);
    await pass(1);
    expect(done).toEqual(['west']);
    await pass(600_000);
    expect(done).toEqual(['west']);
    expect(queue.state()).toEqual([{ key: 'west', state: 'Idle', failures: 0, sinceMs: 600_000 }]);
  });

  test('does a key again that is woken while it works, and never twice at a time', async () => {
    const turns: (() => void)[] = [];
    const { queue, done, pass } = scene(() => new Promise((resolve) => turns.push(() => resolve('Done'))));
    queue.wake('west');
    await pass(quietMs);
    queue.wake('west');
    queue.wake('west');
    await pass(10_000);
    expect(done).toEqual(['west']);
    turns[0]?.();
    await pass(0);
    await pass(quietMs);
    expect(done).toEqual(['west', 'west']);
  });

  test('one that fails pauses longer each time, and slows no other', async () => {
    const { queue, done, pass } = scene((key) => (key === 'dead' ? 'Failed' : 'Done'));
    queue.wake('dead');
    await pass(quietMs);
    for (const pause of [1_000, 2_000, 4_000]) {
      await pass(pause - 1);
      queue.wake('dead');
      await pass(0);
      const before = done.length;
      await pass(1);
      expect(done.length).toBe(before + 1);
    }
    queue.wake('west');
    await pass(quietMs);
    expect(done.filter((key) => key === 'west')).toHaveLength(1);
    expect(queue.state()[0]).toMatchObject({
      key: 'dead',
      state: 'Waiting',
      failures: 4,
      sinceMs: quietMs,
      nextInMs: 8_000 - quietMs,
    });
  });

  test('a changed document cuts a pause short', async () => {
    const { queue, done, pass } = scene((_, count) => (count === 1 ? 'Failed' : 'Done'));
    queue.wake('west');
    await pass(quietMs);
    queue.wake('west', 'Urgent');
    await pass(quietMs);
    expect(done).toEqual(['west', 'west']);
    await pass(600_000);
    expect(done).toHaveLength(2);
  });

  test('what asks to be done again is, and earlier where it is woken', async () => {
    const { queue, done, pass } = scene(() => ({ againInMs: 60_000 }));
    queue.wake('west');
    await pass(quietMs);
    await pass(60_000);
    expect(done).toHaveLength(2);
    queue.wake('west');
    await pass(quietMs);
    expect(done).toHaveLength(3);
    await pass(59_999);
    expect(done).toHaveLength(3);
  });

  test('what rejects is reported, and tried again', async () => {
    const { queue, done, errors, pass } = scene((_, count) => (count === 1 ? Promise.reject(new Error('no')) : 'Done'));
    queue.wake('west');
    await pass(quietMs);
    expect(errors).toHaveLength(1);
    await pass(1_000);
    expect(done).toHaveLength(2);
    expect(queue.state()).toMatchObject([{ failures: 0 }]);
  });

  test('ends with its signal: nothing begins, and idle waits for what is under way', async () => {
    let finish = (): void => undefined;
    const { queue, done, stop, pass } = scene(
      () =>
        new Promise((resolve) => {
          finish = () => resolve('Failed');
        }),
    );
    queue.wake('west');
    await pass(quietMs);
    queue.wake('east');
    stop.abort();
    let isIdle = false;
    const idle = queue.idle().then(() => {
      isIdle = true;
    });
    await pass(600_000);
    expect(isIdle).toBe(false);
    finish();
    await idle;
    queue.wake('west');
    await pass(600_000);
    expect(done).toEqual(['west']);
  });
});
