import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeProblem, oldestNode } from './node-version.ts';

test('a Node that is too old is named in two lines, with what is needed', () => {
  expect(nodeProblem('v20.20.2')?.trimEnd().split('\n')).toEqual([
    'error: isthmus needs Node 22.19 or newer, and this is v20.20.2',
    'hint: install a newer Node (https://nodejs.org), or put it first on PATH',
  ]);
  expect(['v22.18.9', 'v18.0.0'].map((version) => nodeProblem(version) === undefined)).toEqual([false, false]);
  expect(['v22.19.0', 'v24.0.1', process.version].map(nodeProblem)).toEqual([undefined, undefined, undefined]);
});

test('the package states the same', () => {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'));
  expect(manifest.engines.node).toBe(`>=${oldestNode.major}.${oldestNode.minor}`);
});
