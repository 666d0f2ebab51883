import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import * as library from '../src/index.ts';
import { docstringExamples } from './support/examples.ts';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The functions of a session, in the order in which MeshSession declares them. */
const sessionFunctions = [...read('src/engine/mesh-session.ts').matchAll(/^ {2}(\w+)\(.*\): Promise</gm)].map(
  ([, name = '']) => name,
);

/** The packages that a file and all that it imports use. */
function packagesOf(file: string, seen = new Set<string>()): ReadonlySet<string> {
  const found = new Set<string>();
  if (seen.has(file)) return found;
  seen.add(file);
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/(?:\bfrom|^import)\s+'([^']+)'/gm)) {
    if (specifier.startsWith('node:')) continue;
    const names = specifier.startsWith('.')
      ? packagesOf(resolve(dirname(file), specifier), seen)
      : [specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')];
    for (const name of names) found.add(name);
  }
  return found;
}

test('the library is a list of exports', () => {
  const code = read('src/index.ts').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  expect(code.replaceAll(/^export (?:type )?\{[^}]*\} from '[^']+';$/gm, '').trim()).toBe('');
});

test('the package depends on what the library imports, and on nothing else', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { readonly dependencies: object };
  expect(Object.keys(dependencies).toSorted()).toEqual([...packagesOf(join(root, 'src/index.ts'))].toSorted());
});

test('every public function has one example in its docstring', () => {
  const values = Object.entries(library).filter(([, value]) => typeof value === 'function');
  const names = [...values.map(([name]) => name), ...sessionFunctions];
  expect(
    docstringExamples()
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(names.toSorted());
  expect(sessionFunctions).toHaveLength(25);
});

test('the page of the library names every function of a session and every port', () => {
  const page = read('docs/library.md');
  const ports = [...read('src/engine/ports.ts').matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = '']) => name);
  expect([...sessionFunctions, ...ports].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  for (const [, path = ''] of page.matchAll(/\]\((\w[^):]*\.md)\)/g))
    expect(existsSync(join(root, 'docs', path))).toBe(true);
});
