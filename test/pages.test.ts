import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .map((file) => join('docs', file));
const all = [...pages, 'README.md', 'CODE_OF_CONDUCT.md', 'CONTRIBUTING.md', 'SECURITY.md', 'lab/README.md'];

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

test('there are pages', () => {
  expect(pages.length).toBeGreaterThan(40);
});

describe.each(all)('%s', (page) => {
  test('has lines of at most 120 columns', () => {
    const lines = read(page).split('\n');
    expect(lines.filter((line) => [...line].length > 120)).toEqual([]);
  });

  test('leads to files that are there', () => {
    const links = [
      ...read(page)
        .replaceAll(/`[^`\n]*`/g, '')
        .matchAll(/\]\(([^)\s]+)\)/g),
    ].map(([, link = '']) => link.split('#')[0] ?? '');
    const missing = links.filter((link) => link !== '' && !/^[a-z]+:/.test(link) && !exists(page, link));
    expect(missing).toEqual([]);
  });
});

function exists(page: string, link: string): boolean {
  return existsSync(resolve(root, dirname(page), link));
}

describe.each(pages.filter((page) => !page.startsWith('docs/adr/')))('%s', (page) => {
  test('begins with what the reader gets: a paragraph before any table, list, command or heading', () => {
    const [title = '', ...blocks] = read(page).split('\n\n');
    expect(title).toMatch(/^# \S/);
    expect(blocks.find((block) => !block.startsWith('<!--'))).toMatch(/^(?![-*|#>]|```|\d+\.| {4})\S[\s\S]{40}/);
  });

  test('is reached from the readme or another page', () => {
    const leads = all.filter((other) => other !== page && linksOf(other).includes(page));
    expect(leads.length).toBeGreaterThan(0);
  });
});

function linksOf(page: string): readonly string[] {
  return [...read(page).matchAll(/\]\(([^)\s#]+)/g)].map(([, link = '']) => normalize(join(dirname(page), link)));
}
