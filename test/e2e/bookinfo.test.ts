import { afterAll, beforeAll, expect, test } from 'vitest';
import { everything } from '../support/everything.ts';
import { checkout, startTestLab, type TestLab } from '../support/lab.ts';
import { followPage } from '../support/page.ts';

const clusters = ['central', 'east', 'west'].map((name) => ({ name, network: 'lan' }));

let site: TestLab;

beforeAll(async () => {
  site = await startTestLab({ name: 'e2e-books', clusters });
});

afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

interface Part {
  readonly cluster?: string;
  readonly version?: string;
}

interface Page {
  readonly details: Part;
  readonly reviews: Part & { readonly ratings?: Part };
  readonly missing: readonly unknown[];
}

function pagesIn(text: string): Page[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Page);
}

test('an application stays whole while its parts move to other clusters', async () => {
  const state = async () => await Promise.all(clusters.map(({ name }) => everything(site, name)));
  const empty = await state();
  const said = await followPage('docs/topologies/bookinfo.md', { site, cwd: checkout });
  const by = (part: string): string => [...said].find(([command]) => command.includes(part))?.[1] ?? '';
  expect(by('isthmus verify')).toContain('9 of 9 checks passed');
  const [whole] = pagesIn(by('curl -s http'));
  expect(whole).toMatchObject({ details: { cluster: 'central' }, reviews: { cluster: 'central' }, missing: [] });
  const pages = pagesIn(by('curl -s -n 30'));
  expect(pages).toHaveLength(30);
  for (const { details, missing } of pages)
    expect({ details, missing }).toMatchObject({ details: { cluster: 'east' }, missing: [] });
  const reviews = new Set(pages.map((page) => `${page.reviews.version} ${page.reviews.cluster}`));
  expect(reviews).toEqual(new Set(['v1 central', 'v2 central', 'v3 west']));
  // Version 3 calls back to the ratings that stayed.
  const third = pages.filter(({ reviews: { version } }) => version === 'v3');
  for (const page of third) expect(page.reviews.ratings?.cluster).toBe('central');
  expect(await state()).toEqual(empty);
});
