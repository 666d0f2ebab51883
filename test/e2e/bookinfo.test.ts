import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endedWith } from '../support/cli.ts';
import { everything } from '../support/everything.ts';
import { checkout, startTestLab, type TestLab } from '../support/lab.ts';
import { followPage } from '../support/page.ts';
import { startVisitor } from '../support/visitor.ts';

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

const book = 'docs/topologies/bookinfo.md';
const mesh = join(checkout, 'examples/bookinfo/mesh.yaml');

/** The last line of what a visitor got is a page of which nothing is missing, the ratings of its reviews included. */
function isWhole(text: string): boolean {
  const [page] = pagesIn(text);
  return page !== undefined && page.missing.length === 0 && !/"error"/.test(text);
}

async function ingressOf(cluster: string): Promise<unknown> {
  const { stdout } = endedWith(0, await site.isthmus.run(['status', '-f', mesh, '-o', 'json']));
  const { clusters: found } = JSON.parse(stdout) as { clusters: { cluster: string; ingress?: { address?: string } }[] };
  return found.find((one) => one.cluster === cluster)?.ingress?.address;
}

test('an application that is opened from outside stays whole while its parts move to other clusters', async () => {
  const state = async () => await Promise.all(clusters.map(({ name }) => everything(site, name)));
  const follow = async (section: string) => await followPage(book, { site, cwd: checkout, section });
  const by = (said: ReadonlyMap<string, string>, part: string): string =>
    [...said].find(([command]) => command.includes(part))?.[1] ?? '';
  const empty = await state();

  expect(by(await follow('1.'), 'isthmus verify')).toContain('9 of 9 checks passed');
  const [inside] = pagesIn(by(await follow('2.'), 'curl'));
  expect(inside).toMatchObject({ details: { cluster: 'central' }, reviews: { cluster: 'central' }, missing: [] });
  const opened = await follow('3.');
  const [outside] = pagesIn(by(opened, 'curl'));
  expect(outside).toMatchObject({ details: { cluster: 'central' }, reviews: { cluster: 'central' }, missing: [] });
  const address = await ingressOf('central');
  const [, shown] = /^INGRESS +PODS +ADDRESS\ncentral +1\/1 +(\S+)$/m.exec(by(opened, 'isthmus status')) ?? [];
  expect(shown).toBe(address);

  const visitor = startVisitor(`http://${address}/productpage`, isWhole);
  await follow('4.');
  const pages = pagesIn(by(await follow('5.'), 'curl -s -n 30'));
  const { asked, failures } = await visitor.stop();
  console.info(`${asked} pages from outside while parts moved, ${failures.length} not whole`);
  expect(failures).toEqual([]);
  expect(asked).toBeGreaterThan(100);

  expect(pages).toHaveLength(30);
  for (const { details, missing } of pages)
    expect({ details, missing }).toMatchObject({ details: { cluster: 'east' }, missing: [] });
  const reviews = new Set(pages.map((page) => `${page.reviews.version} ${page.reviews.cluster}`));
  expect(reviews).toEqual(new Set(['v1 central', 'v2 central', 'v3 west']));
  // Version 3 calls back to the ratings that stayed.
  const third = pages.filter(({ reviews: { version } }) => version === 'v3');
  for (const page of third) expect(page.reviews.ratings?.cluster).toBe('central');

  // The gateway is no fault of the mesh, and goes with its line of the mesh file.
  endedWith(0, await site.isthmus.run(['doctor', '-f', mesh]));
  const closed = await site.file('mesh.yaml', (await readFile(mesh, 'utf8')).replace('  ingress: {}\n', ''));
  endedWith(0, await site.isthmus.run(['apply', '-f', closed, '--yes']));
  const left = await site.kubectl('central', '-n', 'istio-system', 'get', 'deployment,service,hpa,sa', '-o', 'name');
  expect(left).not.toContain('istio-ingressgateway');

  await follow('6.');
  expect(await state()).toEqual(empty);
});
