import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { TrustReport } from '../../src/report/trust.ts';
import { type RunningDashboard, startBrowser, startDashboard } from '../support/browser.ts';
import { feed } from '../support/dashboard-page.ts';
import { certificates, deadWithout, linksBetween, missingEndpoints } from '../support/four-questions.ts';
import { checkout } from '../support/lab.ts';

/** What the dashboard is for, asked by names and keys alone of a recorded mesh in which a pod in east has no sidecar. */
const program = join(inject('packageFolder'), 'dist/isthmus.js');

let folder: string;
let browser: Browser;
let dashboard: RunningDashboard;
let page: Page;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-questions-'));
  const snapshot = join(folder, 'snapshot');
  await cp(join(checkout, 'test/fixtures/doctor/two-networks'), snapshot, { recursive: true });
  await loseSidecar(join(snapshot, 'east/objects.yaml'));
  browser = await startBrowser();
  dashboard = await startDashboard(program, ['--snapshot', snapshot], folder);
  page = await browser.newPage();
  await page.goto(dashboard.link);
});

afterAll(async () => {
  await browser?.close();
  await dashboard?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function loseSidecar(file: string): Promise<void> {
  const objects = (await readFile(file, 'utf8')).split(/^---\n/m);
  const changed = objects.map((text) =>
    /^kind: Pod$/m.test(text) && /^ {4}app: helloworld$/m.test(text)
      ? text.replace(/^ {4}security\.istio\.io\/tlsMode: istio\n/m, '')
      : text,
  );
  expect(changed.filter((text, index) => text !== objects[index])).toHaveLength(1);
  await writeFile(file, changed.join('---\n'));
}

test('is every pair of clusters connected', async () => {
  // A snapshot does not hold what proxies trust.
  const words = '? unknown: Tls';
  expect(await linksBetween(page)).toEqual({ 'west to east': words, 'east to west': words });
});

test('which service would die with east', async () => {
  expect(await deadWithout(page, 'cluster:east')).toEqual(['only-east.shop.svc.cluster.local:80 from west']);
});

test('why an endpoint is missing', async () => {
  expect(await missingEndpoints(page, { service: 'helloworld.sample', from: 'west' })).toEqual([
    { cluster: 'east', reason: 'no-mtls-cross-network', why: expect.stringContaining('it has no sidecar') },
  ]);
});

test('who signs what until when', async () => {
  const file = join(checkout, 'test/golden/reports/trust.json');
  const report = JSON.parse(await readFile(file, 'utf8')) as TrustReport;
  await feed(page, { TrustReport: report });
  const { roots, issuer, clusters } = report;
  const expected = [
    ...roots.map((root) => ({ certificate: 'root', signedBy: 'itself', of: root })),
    ...(issuer === undefined ? [] : [{ certificate: 'issuer', signedBy: 'the root', of: issuer }]),
    ...clusters.flatMap((one) =>
      one.reachable && one.intermediate !== undefined
        ? [{ certificate: `intermediate of ${one.cluster}`, signedBy: 'the issuer', of: one.intermediate }]
        : [],
    ),
  ].map(({ of: { notAfter }, ...one }) => ({
    ...one,
    ends: `${notAfter.slice(0, 10)} ${notAfter.slice(11, 19)} UTC`,
  }));
  expect(expected.map(({ certificate }) => certificate)).toContain('issuer');
  expect((await certificates(page)).toSorted(byName)).toEqual(expected.toSorted(byName));
});

function byName(one: { readonly certificate: string }, other: { readonly certificate: string }): number {
  return one.certificate < other.certificate ? -1 : 1;
}
