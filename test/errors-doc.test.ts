import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorCodes } from '../src/base/error.ts';
import { findingCodes } from '../src/base/finding.ts';

const text = readFileSync(join(import.meta.dirname, '../docs/errors.md'), 'utf8');

/** The entries of a section by code, with their texts. */
function entriesOf(title: string): Map<string, string> {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
  const [, ...entries] = section.split(/^### /m);
  return new Map(
    entries.map((entry) => {
      const [heading = '', ...body] = entry.split('\n');
      return [heading.replaceAll('`', ''), body.join('\n').trim()];
    }),
  );
}

describe('docs/errors.md', () => {
  test.each([
    ['Findings', findingCodes],
    ['Errors', errorCodes],
  ])('%s: one entry for each code, in alphabetical order', (title, codes) => {
    const entries = entriesOf(title);
    expect([...entries.keys()]).toEqual(codes.toSorted());
    for (const [code, body] of entries) expect(body.length, code).toBeGreaterThan(40);
  });

  test('every finding has an example', () => {
    for (const [code, body] of entriesOf('Findings')) expect(body, code).toMatch(/^ {4}\S/m);
  });
});
