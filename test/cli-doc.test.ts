import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cliPage } from '../scripts/docs/cli-page.ts';

const root = join(import.meta.dirname, '..');

test('docs/cli.md is what npm run docs makes of the commands', () => {
  expect(readFileSync(join(root, 'docs/cli.md'), 'utf8')).toBe(cliPage());
});

test('every flag that a --help shows is in the section of its command or among the common ones', () => {
  const page = cliPage();
  const common = page.slice(page.indexOf('## Common flags'));
  const helps = readdirSync(join(root, 'test/golden/help')).map((file) => {
    const text = readFileSync(join(root, 'test/golden/help', file), 'utf8');
    const [, name = ''] = /^USAGE\n {2}(isthmus(?: [a-z]+)*)/m.exec(text) ?? [];
    return { name, flags: [...text.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag = '']) => flag) };
  });
  expect(helps.length).toBeGreaterThan(20);
  for (const { name, flags } of helps) {
    const [, section = ''] = page.split(`\n## ${name}\n`);
    const own = section.split('\n## ')[0] ?? '';
    for (const flag of flags) {
      expect(own, `${name} ${flag}`).toContain(flag);
      expect(`${own}${common}`, `${name} ${flag}`).toMatch(new RegExp(`^- \`(?:-\\w, )?${flag}[ \`]`, 'm'));
    }
  }
});
