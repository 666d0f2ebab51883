import { expect, test } from 'vitest';
import { buildCli, parsedWords } from './app.ts';
import { asksForHelp } from './help.ts';
import { routeOf } from './route.ts';

const { root } = buildCli('0.1.0');
const asks = (line: string): boolean =>
  asksForHelp(routeOf(root, parsedWords(line.split(' ').filter((word) => word !== ''))));

test.each([
  '',
  '--help',
  '-h',
  'help',
  'plan --help',
  'plan -f m -h',
  'help plan',
  'trust --help',
  'trust renew -h',
  'operator',
])('help is shown for: isthmus %s', (line) => {
  expect(asks(line)).toBe(true);
});

test.each(['plan', 'trust', 'trust --all', 'nonsense --help', 'help nonsense', 'rbac -- --help'])(
  'help is not shown for: isthmus %s',
  (line) => {
    expect(asks(line)).toBe(false);
  },
);
