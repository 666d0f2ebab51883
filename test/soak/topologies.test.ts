import { afterAll, beforeAll, expect, test } from 'vitest';
import { everything } from '../support/everything.ts';
import { checkout, startTestLab, type TestLab } from '../support/lab.ts';
import { followPage } from '../support/page.ts';
import { say } from './seed.ts';

const clusters = [
  { name: 'west', network: 'us' },
  { name: 'north', network: 'us' },
  { name: 'east', network: 'eu' },
];

const westNorth = ['west north ok Direct', 'north west ok Direct'];
const westEast = ['west east ok Gateway', 'east west ok Gateway'];

/** The pages, with the pairs that verify must find. */
const pages = [
  { page: 'one-network', pairs: westNorth, served: [] },
  { page: 'primary-remote', pairs: westEast, served: ['east'] },
  { page: 'primary-remote-one-network', pairs: westNorth, served: ['north'] },
  { page: 'external', pairs: westEast, served: ['east'] },
  {
    page: 'mixed',
    pairs: [...westNorth, ...westEast, 'north east ok Gateway', 'east north ok Gateway'],
    served: ['north'],
  },
] as const;

let site: TestLab;
let empty: readonly (readonly string[])[];

beforeAll(async () => {
  site = await startTestLab({ name: 'soak-topo', clusters });
  // The namespaces of the examples are their users': they stay.
  await Promise.all(clusters.map(({ name }) => site.kubectl(name, 'create', 'namespace', 'sample')));
  empty = await state();
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

async function state(): Promise<readonly (readonly string[])[]> {
  return await Promise.all(clusters.map(async ({ name }) => await everything(site, name)));
}

test.each(pages)('the page $page works from empty clusters to empty clusters', async ({ page, pairs, served }) => {
  const said = await followPage(`docs/topologies/${page}.md`, { site, cwd: checkout });
  const by = (part: string): string => [...said].find(([command]) => command.includes(part))?.[1] ?? '';
  const found = [...by('verify').matchAll(/^(\w+) -> (\w+)\s+(\w+)\s+(\w+)/gm)].map((match) =>
    match.slice(1).join(' '),
  );
  expect(found.toSorted()).toEqual([...pairs].toSorted());
  for (const name of served) expect(by('status')).toMatch(new RegExp(`^${name} .* 1/1 in west .* Ready$`, 'm'));
  expect(await state()).toEqual(empty);
  say(`${page}: ${found.length} pairs`);
});
