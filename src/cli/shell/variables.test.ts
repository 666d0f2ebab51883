import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../../base/error.ts';
import { buildCli } from './app.ts';
import { variables, withVariables } from './variables.ts';

const { root } = buildCli('0.1.0');
const words = (line: string, environment: Record<string, string>): string =>
  withVariables(line.split(' '), root, environment).join(' ');

function refusal(line: string, environment: Record<string, string>): IsthmusError {
  try {
    words(line, environment);
  } catch (thrown) {
    if (thrown instanceof IsthmusError) return thrown;
  }
  throw new Error(`${line} was taken`);
}

test.each([
  ['a file', 'status', { ISTHMUS_FILE: 'mesh.yaml' }, 'status --file=mesh.yaml'],
  ['a file for the default command of a group', 'trust --all', { ISTHMUS_FILE: 'm' }, 'trust --file=m --all'],
  ['a file for a command of a group', 'trust renew', { ISTHMUS_FILE: 'm' }, 'trust renew --file=m'],
  ['a home', 'plan', { ISTHMUS_HOME: 'hub' }, 'plan --home=hub'],
  ['a form', 'plan', { ISTHMUS_OUTPUT: 'json' }, 'plan --output=json'],
  ['a time', 'plan', { ISTHMUS_TIMEOUT: '90s' }, 'plan --timeout=90s'],
  ['an image', 'verify', { ISTHMUS_PROBE_IMAGE: 'r/i' }, 'verify --probeImage=r/i'],
  ['yes', 'plan', { ISTHMUS_VERBOSE: '1' }, 'plan --verbose'],
  ['no', 'plan', { ISTHMUS_QUIET: 'false' }, 'plan'],
  ['nothing where it is empty', 'plan', { ISTHMUS_FILE: '' }, 'plan'],
])('a variable gives %s', (_, line, environment, expected) => {
  expect(words(line, environment)).toBe(expected);
});

describe('a variable counts for nothing', () => {
  const all = { ISTHMUS_FILE: 'm', ISTHMUS_OUTPUT: 'json', ISTHMUS_TIMEOUT: '1s', ISTHMUS_VERBOSE: '1' };

  test.each([
    ['where the flag is given, in whichever form', 'plan -f a --output text --timeout=2s -q'],
    ['where letters are given together', 'plan -vf a -o text --timeout 2s'],
  ])('%s', (_, line) => {
    expect(words(line, all)).toBe(line);
  });

  test('where the mesh is named in another way', () => {
    const environment = { ISTHMUS_FILE: 'm' };
    for (const line of [
      'status --home hub',
      'status --snapshot dir',
      'apply plan.json',
      'apply --max-delete 3 --dry-run plan.json',
      'apply --yes plan.json',
      'operator install --context hub',
    ]) {
      expect(words(line, environment)).toBe(line);
    }
    expect(words('apply --max-delete 3', environment)).toBe('apply --file=m --max-delete 3');
  });

  test('for a command that has no such flag', () => {
    expect(words('explain mesh', all)).toBe('explain mesh');
    expect(words('init --name shop', { ISTHMUS_FILE: 'm' })).toBe('init --name shop');
    expect(words('nonsense', all)).toBe('nonsense');
  });
});

describe('a value that the flag would not take', () => {
  test.each([
    ['apply -f m', { ISTHMUS_OUTPUT: 'xml' }, /^the variable ISTHMUS_OUTPUT: "xml" is none of text, json/],
    ['plan', { ISTHMUS_TIMEOUT: 'long' }, /^the variable ISTHMUS_TIMEOUT: "long" is not a duration/],
    ['plan', { ISTHMUS_QUIET: 'maybe' }, /^the variable ISTHMUS_QUIET: "maybe" is neither true nor false/],
    ['plan', { ISTHMUS_FILE: 'm', ISTHMUS_HOME: 'hub' }, /^ISTHMUS_FILE and ISTHMUS_HOME both name the mesh/],
  ])('of %s is refused with the name of the variable', (line, environment, message) => {
    expect(refusal(line, environment)).toMatchObject({ code: 'usage', message: expect.stringMatching(message) });
  });
});

test('every variable is named in the help of a command, and on the page of the command line', () => {
  const briefs = ['plan', 'verify'].map((name) => {
    const target = 'getAllEntries' in root ? root.getRoutingTargetForInput(name) : undefined;
    return target !== undefined && 'parameters' in target ? target.parameters.flags : undefined;
  });
  const page = readFileSync(join(import.meta.dirname, '../../../docs/command-line.md'), 'utf8');
  expect(variables.filter(({ name }) => !JSON.stringify(briefs).includes(name))).toEqual([]);
  const rows = [...page.matchAll(/^\| `(ISTHMUS_\w+)` \| `--([a-z-]+)` \|/gm)].map(
    ([, name, flag]) => `${name} ${flag}`,
  );
  const kebab = (flag: string): string => flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  expect(rows).toEqual(variables.map(({ name, flag }) => `${name} ${kebab(flag)}`));
});
