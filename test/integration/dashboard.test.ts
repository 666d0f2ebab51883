import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { DoctorReport } from '../../src/report/doctor.ts';
import type { PlanReport } from '../../src/report/plan.ts';
import type { ServiceReport } from '../../src/report/service.ts';
import type { StatusReport } from '../../src/report/status.ts';
import type { Trace } from '../../src/report/trace.ts';
import type { TrustReport } from '../../src/report/trust.ts';
import type { WhatIf } from '../../src/report/whatif.ts';
import { type RunningDashboard, startBrowser, startDashboard } from '../support/browser.ts';
import { jsonOf } from '../support/cli.ts';
import { answerPlan, asIfLive, expectAccessible, feed, rowsIn } from '../support/dashboard-page.ts';
import { checkout } from '../support/lab.ts';
import { loseGatewayService } from '../support/moments.ts';
import { runProgram } from '../support/program.ts';

/** The dashboard of the package in a real browser, on a recorded mesh of two networks whose gateway in east has lost its Service. */
const program = join(inject('packageFolder'), 'dist/isthmus.js');
const most = 350 * 1024;

let folder: string;
let broken: string;
let browser: Browser;
let dashboard: RunningDashboard;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-dashboard-'));
  broken = join(folder, 'snapshot');
  await cp(join(checkout, 'test/fixtures/doctor/two-networks'), broken, { recursive: true });
  await loseGatewayService(broken);
  browser = await startBrowser();
  dashboard = await startDashboard(program, ['--snapshot', broken], folder);
  context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(dashboard.link);
  await page.getByRole('table').first().waitFor();
});

afterAll(async () => {
  await browser?.close();
  await dashboard?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function reportOf<T>(...args: readonly string[]): Promise<T> {
  return jsonOf<T>(
    await runProgram(process.execPath, [program, ...args, '-o', 'json', '--snapshot', broken], { timeoutMs: 120_000 }),
  );
}

async function open(path: string): Promise<void> {
  await page.goto(`${dashboard.origin}${path}`);
  // The state of the mesh is in the header of every page.
  await page.getByText('a snapshot of').first().waitFor();
}

async function rowsOf(name: string): Promise<readonly (readonly string[])[]> {
  return await rowsIn(page, name);
}

/** What a link or field has that the keyboard is at. */
async function focused(): Promise<string> {
  return await page.evaluate<string>(
    "document.activeElement === document.body ? '' : document.activeElement.textContent",
  );
}

/** Goes from one thing to the next, as people do who use no mouse. */
async function tabTo(text: RegExp): Promise<void> {
  for (let count = 0; count < 60; count += 1) {
    if (text.test(await focused())) return;
    await page.keyboard.press('Tab');
  }
  expect.fail(`nothing that the keyboard reaches says ${text}`);
}

/** The table of a cluster's changes, with every value in it. */
async function expectPlanned(plan: PlanReport['clusters'][number]): Promise<void> {
  if (plan.outcome !== 'Planned') return expect.fail(`${plan.cluster} has no plan`);
  const rows = await rowsOf(`Changes of ${plan.cluster}`);
  expect(rows.map(([, object, stage, reason]) => [object, stage, reason])).toEqual(
    plan.changes.map(({ ref, stage, reason }) => [`${ref.kind} ${ref.namespace}/${ref.name}`, stage, reason]),
  );
  const values = plan.changes.map(({ fields }) =>
    fields.flatMap(({ field, before, after }) => [field, `${before}`, `${after}`]),
  );
  for (const [index, texts] of values.entries()) {
    for (const text of texts) expect(rows[index]?.[4]).toContain(text);
  }
}

/** The file that a button gives. */
async function saved(button: string): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  return await readFile(await download.path());
}

const places = [
  '/',
  '/?cluster=east',
  '/?pair=west/east',
  '/trust',
  '/doctor',
  '/services',
  '/services?service=helloworld.sample.svc.cluster.local',
  '/whatif',
  '/whatif?down=cluster:east',
  '/whatif?split=helloworld.sample:west=70,east=30',
  '/plan',
  '/live',
  '/time',
];

describe('what a browser is given', () => {
  test('is less than 350 KB, compressed', async () => {
    const pages = join(inject('packageFolder'), 'dist/page');
    const names = (await readdir(pages, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const sizes = await Promise.all(
      names.map(async ({ parentPath, name }) => gzipSync(await readFile(join(parentPath, name)), { level: 9 }).length),
    );
    const size = sizes.reduce((sum, one) => sum + one, 0);
    expect(size).toBeGreaterThan(50 * 1024);
    expect(size).toBeLessThan(most);
  });

  test('takes the key out of the address, which lets nobody else in', async () => {
    expect(page.url()).toBe(`${dashboard.origin}/`);
    await using other = await browser.newContext();
    const stranger = await other.newPage();
    await stranger.goto(dashboard.link);
    await expect.poll(() => stranger.getByRole('alert').textContent()).toMatch(/^This link was used already/);
    const [cookie] = await context.cookies(`${dashboard.origin}/api/about`);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  });

  test('is refused to a page of another site, which cannot even show it', async () => {
    await using other = await browser.newContext();
    const evil = await other.newPage();
    await evil.goto('data:text/html,<title>evil</title>');
    const url = `${dashboard.origin}/api/about`;
    expect(
      await evil.evaluate(
        (address) =>
          fetch(address).then(
            () => 'read',
            () => 'refused',
          ),
        url,
      ),
    ).toBe('refused');
    await evil.setContent(`<iframe src="${dashboard.origin}"></iframe>`);
    await expect.poll(() => evil.frames().at(-1)?.url()).toMatch(/^chrome-error:/);
  });
});

describe.each(['light', 'dark'] as const)('in a %s theme', (colorScheme) => {
  test.each(places)('%s is accessible as axe tests it', async (path) => {
    await page.emulateMedia({ colorScheme });
    await open(path);
    await expect.poll(() => page.getByText(/ …$/).count()).toBe(0);
    await expectAccessible(page);
  });
});

test('every page fits a narrow window', async () => {
  await page.setViewportSize({ width: 390, height: 800 });
  for (const path of places) {
    await open(path);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(390);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
});

describe('what a page says is what the command says:', () => {
  test('the clusters', async () => {
    const { clusters } = await reportOf<StatusReport>('status');
    await open('/');
    const expected = clusters.map((one) => {
      if (!one.reachable) return expect.arrayContaining([one.cluster]);
      const { istiod, gateway, kubernetes } = one;
      const gatewayText = `${gateway?.available}/${gateway?.wanted}`;
      return [
        one.cluster,
        one.network,
        expect.any(String),
        kubernetes,
        `${istiod?.version} ${istiod?.available}/${istiod?.wanted}`,
        gatewayText,
        gateway?.address ?? 'none',
        expect.any(String),
      ];
    });
    expect(await rowsOf('Clusters')).toEqual(expected);
  });

  test('the steps of each link', async () => {
    const { pairs, clusters } = await reportOf<DoctorReport>('doctor');
    await open('/');
    const rows = await rowsOf('Links between clusters');
    const names = clusters.map(({ cluster }) => cluster);
    for (const { from, to, firstFailed } of pairs) {
      const cell = rows[names.indexOf(from)]?.[names.indexOf(to) + 1];
      if (firstFailed === undefined) expect(cell).not.toContain('fails');
      else expect(cell).toBe(`✕ fails at ${firstFailed}`);
    }
    expect(pairs.some(({ firstFailed }) => firstFailed !== undefined)).toBe(true);
  });

  test('the services, and where their requests go', async () => {
    const { services } = await reportOf<ServiceReport>('service', 'list');
    await open('/services');
    const counts = (all: Readonly<Record<string, number>>): string =>
      Object.entries(all)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ');
    expect((await rowsOf('Services')).map(([name, clusters, endpoints]) => [name, clusters, endpoints])).toEqual(
      services.map(({ name, namespace, clusters, endpoints }) => [
        `${name}.${namespace}`,
        clusters.join(', '),
        counts(endpoints),
      ]),
    );
    for (const { host, flows } of services) {
      await open(`/services?service=${host}`);
      const shown = (await rowsOf(`Requests to ${host}`)).map(([from, port, , shares]) => [from, port, shares]);
      const percents = flows.map(({ from, port, shares, lost }) => {
        const parts = Object.entries(shares).map(([cluster, share]) => `${cluster} ${share}%`);
        return [from, String(port), [...parts, ...(lost > 0 ? [`lost ${lost}%`] : [])].join(', ')];
      });
      expect(shown).toEqual(percents);
    }
  });

  test.each(['', 'cluster:east', 'network-link:eu-us'])('a prediction without "%s"', async (down) => {
    const report = await reportOf<WhatIf>('whatif', ...(down === '' ? [] : ['--down', down]));
    await open(down === '' ? '/whatif' : `/whatif?down=${down}`);
    expect(
      (await rowsOf('Flows by what happens to them')).map(([kind, count]) => [kind?.slice(2), Number(count)]),
    ).toEqual(Object.entries(report.counts));
    if (report.changes.length === 0) return;
    expect(
      (await rowsOf('What changes')).map(([service, from, verdict]) => [service, from, verdict?.slice(2)]),
    ).toEqual(report.changes.map(({ host, port, from, verdict }) => [`${host}:${port}`, from, verdict]));
  });

  test('a split of a service, by the model in the browser, while its slider moves', async () => {
    await open('/whatif');
    await page.getByRole('combobox', { name: 'Service' }).selectOption('helloworld.sample');
    const slider = page.getByRole('slider', { name: 'Share of west' });
    await slider.fill('50');
    for (let percent = 51; percent <= 62; percent += 1) await slider.press('ArrowRight');
    await expect.poll(() => new URL(page.url()).searchParams.get('split')).toMatch(/west=62/);
    const split = new URL(page.url()).searchParams.get('split') ?? '';
    const report = await reportOf<WhatIf>('whatif', '--split', split);
    const host = 'helloworld.sample.svc.cluster.local';
    await expect
      .poll(async () =>
        (await rowsOf(`Requests to ${host}, now and then`)).map(([from, , then, verdict]) => [
          from,
          then,
          verdict?.slice(2),
        ]),
      )
      .toEqual(
        report.changes
          .filter((one) => one.host === host)
          .map(({ from, port, verdict, after }) => {
            const parts = (after?.shares ?? []).map(({ cluster, share }) => `${cluster} ${share}%`).toSorted();
            const lost = (after?.lost ?? 0) > 0 ? [`lost ${after?.lost}%`] : [];
            return [`${from} port ${port}`, [...parts, ...lost].join(', '), verdict];
          })
          .toSorted(([one = ''], [other = '']) => one.localeCompare(other)),
      );
    await expect
      .poll(async () => (await rowsOf('Flows by what happens to them')).map(([, count]) => Number(count)))
      .toEqual(Object.values(report.counts));
    expect(await page.getByRole('region', { name: 'Answer' }).textContent()).toContain(`--split ${split}`);
  });

  test('the way of a request', async () => {
    const { services } = await reportOf<ServiceReport>('service', 'list');
    const flow = services
      .flatMap(({ host, flows }) => flows.map((one) => ({ host, ...one })))
      .find(({ outcome, from }) => outcome === 'Lost' && from === 'west');
    const { host = '', port = 0, from = '', caller = '' } = flow ?? {};
    const trace = await reportOf<Trace>('trace', '--from', `${from}/${caller}`, '--to', `${host}:${port}`);
    await open(`/services?service=${host}`);
    await page
      .getByRole('region', { name: `Requests to ${host}` })
      .getByRole('row', { name: new RegExp(`^${from} `) })
      .getByRole('link')
      .click();
    const way = page.getByRole('region', { name: 'Trace' });
    await way.getByText(`${trace.deliveredShare}% known to be answered`).waitFor();
    for (const { message } of trace.destinations.flatMap(({ findings }) => findings)) {
      expect(await way.textContent()).toContain(message);
    }
    expect(trace.verdict).toBe('NotDelivered');
  });

  test('a plan, traffic first and then object by object', async () => {
    const report = JSON.parse(await readFile(join(checkout, 'test/golden/reports/plan.json'), 'utf8')) as PlanReport;
    await asIfLive(page);
    await answerPlan(page, report);
    await page.goto(`${dashboard.origin}/plan`);
    expect(
      (await rowsOf('What changes')).map(([service, from, verdict]) => [service, from, verdict?.slice(2)]),
    ).toEqual(
      report.traffic.outcome === 'Predicted'
        ? report.traffic.change.changes.map(({ host, port, from, verdict }) => [`${host}:${port}`, from, verdict])
        : [],
    );
    for (const plan of report.clusters) await expectPlanned(plan);
    expect(JSON.parse((await saved('Save JSON')).toString())).toEqual({ MeshPlan: report });
    await expectAccessible(page);
    await page.unrouteAll();
  });

  test('who signs whom until when', async () => {
    const report = JSON.parse(await readFile(join(checkout, 'test/golden/reports/trust.json'), 'utf8')) as TrustReport;
    await feed(page, { TrustReport: report });
    await page.goto(`${dashboard.origin}/trust`);
    const table = (await rowsOf('Certificates')).map(([role, , , left]) => [role, left]);
    const lines = page.getByRole('region', { name: 'When certificates end; the table below says the same' });
    const text = await lines.textContent();
    for (const [role, left] of table) expect(text).toContain(`${role}${left}`);
    expect(table).toContainEqual(['root', `${report.roots[0]?.daysLeft} days`]);
    await expectAccessible(page);
    await page.unrouteAll();
  });

  test('what a snapshot does not hold', async () => {
    await open('/trust');
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('the trust cannot be read');
    await open('/plan');
    await page.getByText('A snapshot has no plan').waitFor();
  });
});

test('a view is saved as JSON, and the picture as SVG and PNG', async () => {
  await open('/');
  await page.getByRole('region', { name: 'Links between clusters', exact: true }).waitFor();
  const { MeshStatus: status } = JSON.parse((await saved('Save JSON')).toString()) as { MeshStatus: StatusReport };
  const timeless = (report: StatusReport): unknown => ({ ...report, readAt: '' });
  expect(timeless(status)).toEqual(timeless(await reportOf<StatusReport>('status')));
  const svg = (await saved('Save SVG')).toString();
  for (const { cluster, network } of status.clusters) {
    expect(svg).toContain(`>${cluster}<`);
    expect(svg).toContain(`>network ${network}<`);
  }
  expect((await saved('Save PNG')).subarray(1, 4).toString()).toBe('PNG');
});

test('by the keyboard alone one finds why west cannot reach a service in east, and copies what to do', async () => {
  await open('/whatif');
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await page.getByRole('region', { name: 'Links between clusters' }).waitFor();
  await tabTo(/^✕ fails at/);
  await page.keyboard.press('Enter');
  const steps = page.getByRole('region', { name: 'From west to east', exact: true });
  await steps.getByText('no address').first().waitFor();
  expect(page.url()).toContain('pair=west%2Feast');
  await page.keyboard.press('/');
  await page.keyboard.type('gateway-address');
  await expect
    .poll(() => page.getByRole('dialog', { name: 'Search' }).innerHTML(), { timeout: 10_000 })
    .toContain('1 found');
  await page.keyboard.press('Enter');
  await expect.poll(() => new URL(page.url()).pathname).toBe('/doctor');
  const cause = page.getByRole('region', { name: 'error gateway-address' });
  expect(await cause.textContent()).toMatch(/3 of 8 pairs[\s\S]*To do: look at the events of its Service/);
  await tabTo(/^copy$/);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate<string>('navigator.clipboard.readText()')).toBe('isthmus apply -f FILE');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
});

test('a view is in the address: it comes back with it, and the browser goes back to the one before', async () => {
  await open('/whatif?down=cluster:east');
  expect(await page.getByRole('checkbox', { name: 'cluster:east' }).isChecked()).toBe(true);
  await page.getByRole('checkbox', { name: 'gateway:west' }).press('Space');
  await expect.poll(() => page.url()).toContain('gateway%3Awest');
  await page.goBack();
  await expect.poll(() => page.getByRole('checkbox', { name: 'gateway:west' }).isChecked()).toBe(false);
});

test('nothing was blocked or thrown in the browser', () => {
  expect(complaints).toEqual([]);
});

test('when the command ends, what is shown stays, and says that nothing follows', async () => {
  await open('/');
  dashboard.running.kill('SIGINT');
  expect(await dashboard.running.result).toMatchObject({ code: 0 });
  await expect
    .poll(() => page.getByRole('alert').first().textContent(), { timeout: 30_000 })
    .toMatch(/does not answer|has ended/);
  expect((await rowsOf('Clusters')).length).toBe(2);
});
