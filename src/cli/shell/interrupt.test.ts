import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { exitCodes } from './exit-code.ts';
import { interruptible } from './interrupt.ts';

class FakeProcess extends EventEmitter {
  readonly said: string[] = [];
  readonly ended: number[] = [];
  readonly stderr = { write: (text: string): number => this.said.push(text) };
  exit(code: number): void {
    this.ended.push(code);
  }
}

test.each(['SIGINT', 'SIGTERM'])('the first %s lets what is under way finish, and says so', (name) => {
  const fake = new FakeProcess();
  const signal = interruptible(fake as unknown as NodeJS.Process);
  expect(signal.aborted).toBe(false);
  fake.emit(name);
  expect(signal.aborted).toBe(true);
  expect(fake.said.join('')).toContain('stopping after the writes in flight; Ctrl-C again stops now');
  expect(fake.ended).toEqual([]);
});

test('the second one ends the process at once', () => {
  const fake = new FakeProcess();
  interruptible(fake as unknown as NodeJS.Process);
  fake.emit('SIGINT');
  fake.emit('SIGTERM');
  expect(fake.ended).toEqual([exitCodes.cancelled]);
});
