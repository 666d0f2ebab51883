import { expect, test } from 'vitest';
import { remedy, run } from '../../base/remedy.ts';
import { remedyText } from './remedy-text.ts';

test.each([
  ['status', '--snapshot old'],
  ['trace', '--snapshot old'],
  ['whatif', '--snapshot old'],
  ['trust', '-f FILE'],
  ['apply', '-f FILE'],
  ['verify', '-f FILE'],
] as const)('of a snapshot only what takes one is proposed with it: %s', (operation, flags) => {
  expect(remedyText(remedy`look at ${run(operation)}`, { source: '--snapshot old' })).toBe(
    `look at \`isthmus ${operation} ${flags}\``,
  );
});
