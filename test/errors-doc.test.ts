import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorsPage } from '../scripts/docs/errors-page.ts';
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
  test('is what npm run docs makes of the catalog', () => {
    expect(text).toBe(errorsPage());
  });

  test.each([
    ['Findings', findingCodes],
    ['Errors', errorCodes],
  ])('%s: one entry for each code, in alphabetical order, with the message first', (title, codes) => {
    const entries = entriesOf(title);
    expect([...entries.keys()]).toEqual(codes.toSorted());
    for (const [code, body] of entries) {
      expect(body.length, code).toBeGreaterThan(40);
      expect(body, code).toMatch(/^\S/);
      expect(body, code).toMatch(/\n\*\*How it is established\.\*\* \S[\s\S]*\n\*\*What to do\.\*\* \S/);
    }
  });

  test('no code is described that nothing gives', () => {
    const source = join(import.meta.dirname, '../src');
    const describing = /(\.test\.ts|base\/(error|finding)\.ts|cli\/shell\/exit-code\.ts)$|diagnose\/catalog\//;
    const giving = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !describing.test(file))
      .map((file) => readFileSync(join(source, file), 'utf8'))
      .join('\n');
    const given = new Set([...giving.matchAll(/'([a-z]+(?:-[a-z]+)*)'/g)].map(([, code]) => code));
    expect([...findingCodes, ...errorCodes].filter((code) => !given.has(code))).toEqual([]);
  });

  test('codes have one casing', () => {
    for (const code of [...findingCodes, ...errorCodes]) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });
});
