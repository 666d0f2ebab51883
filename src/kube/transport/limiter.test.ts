import { describe, expect, test } from 'vitest';
import { handClock } from '../testing/hand-clock.ts';
import { createLimiter, type Limiter } from './limiter.ts';

const never = new AbortController().signal;

async function settled(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

async function fill(limiter: Limiter): Promise<void> {
  while (await settled(limiter.enter(never)));
}

describe('the limit of requests in flight', () => {
  test('admits up to the limit, then in order as others leave', async () => {
    const limiter = createLimiter(handClock(), { start: 2, max: 4 });
    await limiter.enter(never);
    await limiter.enter(never);
    const third = limiter.enter(never);
    expect(await settled(third)).toBe(false);
    limiter.leave();
    expect(await settled(third)).toBe(true);
  });

  test('grows while all of it is used, up to the maximum', async () => {
    const limiter = createLimiter(handClock(), { start: 2, max: 4 });
    limiter.succeeded();
    limiter.succeeded();
    expect(limiter.limit()).toBe(2);
    await fill(limiter);
    for (let i = 0; i < 50; i += 1) {
      limiter.succeeded();
      limiter.leave();
      await fill(limiter);
    }
    expect(limiter.limit()).toBe(4);
  });

  test('halves once for answers that come together, again later, never below one', () => {
    const clock = handClock();
    const limiter = createLimiter(clock, { start: 16, max: 48 });
    limiter.overloaded();
    limiter.overloaded();
    expect(limiter.limit()).toBe(8);
    for (let i = 0; i < 10; i += 1) {
      clock.advance(1_000);
      limiter.overloaded();
    }
    expect(limiter.limit()).toBe(1);
  });

  test('sends nothing until the time that the server asked for is over', async () => {
    const clock = handClock();
    const limiter = createLimiter(clock, { start: 2, max: 4 });
    limiter.overloaded(3_000);
    const waiting = limiter.enter(never);
    clock.advance(2_999);
    expect(await settled(waiting)).toBe(false);
    clock.advance(1);
    expect(await settled(waiting)).toBe(true);
  });

  test('goes on where a timer ends a moment before the time is over', async () => {
    const clock = handClock();
    const early = { ...clock, sleep: (ms: number, signal?: AbortSignal) => clock.sleep(Math.max(0.5, ms - 1), signal) };
    const limiter = createLimiter(early, { start: 2, max: 4 });
    limiter.overloaded(3_000);
    const waiting = limiter.enter(never);
    clock.advance(2_999);
    expect(await settled(waiting)).toBe(false);
    clock.advance(1);
    expect(await settled(waiting)).toBe(true);
  });

  test('an aborted wait leaves the queue', async () => {
    const limiter = createLimiter(handClock(), { start: 1, max: 1 });
    await limiter.enter(never);
    const impatient = new AbortController();
    const first = limiter.enter(impatient.signal);
    const second = limiter.enter(never);
    impatient.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    limiter.leave();
    expect(await settled(second)).toBe(true);
  });
});
