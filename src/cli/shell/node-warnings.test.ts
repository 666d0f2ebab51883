import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { leaveOutExperimental } from './node-warnings.ts';

test('warnings about experimental parts of Node are left out, all others are printed as before', () => {
  const printed: string[] = [];
  const platform = new EventEmitter();
  platform.on('warning', ({ message }: Error) => printed.push(message));
  leaveOutExperimental(platform as unknown as NodeJS.Process);
  const socks = Object.assign(new Error('SOCKS5 proxy support is experimental'), { name: 'ExperimentalWarning' });
  platform.emit('warning', socks);
  platform.emit('warning', Object.assign(new Error('a leak'), { name: 'MaxListenersExceededWarning' }));
  expect(printed).toEqual(['a leak']);
});
