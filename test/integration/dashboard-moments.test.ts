import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import type { MeshDifferences } from '../../src/report/differences.ts';
import type { DoctorReport } from '../../src/report/doctor.ts';
import type { DrillStatus } from '../../src/report/drill-status.ts';
import type { ShiftReport, ShiftState } from '../../src/report/shift.ts';
import type { StatusReport } from '../../src/report/status.ts';
import { type RunningDashboard, startBrowser, startDashboard } from '../support/browser.ts';
import { jsonOf } from '../support/cli.ts';
import { asIfLive, expectForEverybody, feed, rowsIn } from '../support/dashboard-page.ts';
import { checkout } from '../support/lab.ts';
import { writeMoments } from '../support/moments.ts';
import { runProgram } from '../support/program.ts';

/** The dashboard on a folder of two snapshots, between which the gateway in east lost its Service; and on states that are fed to it. */
const program = join(inject('packageFolder'), 'dist/isthmus.js');

let folder: string;
let browser: Browser;
let dashboard: RunningDashboard;
let page: Page;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-moments-'));
  await writeMoments(join(folder, 'moments'));
  browser = await startBrowser();
  dashboard = await startDashboard(program, ['--snapshot', 'moments'], folder);
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(dashboard.link);
  await page.getByRole('table').first().waitFor();
});

afterEach(async () => {
  await page?.unrouteAll();
});

afterAll(async () => {
  await browser?.close();
  await dashboard?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function statusAt(name: string): Promise<StatusReport> {
  const words = [program, 'status', '-o', 'json', '--snapshot', join('moments', name)];
  return jsonOf<StatusReport>(await runProgram(process.execPath, words, { timeoutMs: 120_000, cwd: folder }));
}

describe('a folder of snapshots', () => {
  test('shows the newest one, and each of them on the page of the times', async () => {
    expect(await page.getByText('a snapshot of 2026-11-29 18:00:00 UTC').count()).toBeGreaterThan(0);
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    const slider = page.getByRole('slider', { name: 'Moment' });
    await slider.waitFor();
    for (const [name, key] of [
      ['broken', 'End'],
      ['whole', 'Home'],
    ] as const) {
      await slider.press(key);
      const { clusters, verdict } = await statusAt(name);
      const words = { Yes: 'healthy', No: 'not healthy', Unknown: 'not known to be healthy' }[verdict];
      const shown = page.getByRole('region', { name: 'The mesh at that moment' });
      await shown
        .getByText(new RegExp(`^\\W ${words}$`))
        .first()
        .waitFor();
      await expect
        .poll(async () =>
          (await rowsIn(page, 'Clusters')).map(([cluster, network, , , , gateway]) => [cluster, network, gateway]),
        )
        .toEqual(
          clusters.map((one) => {
            const { available, wanted } = (one.reachable ? one.gateway : undefined) ?? {};
            return [one.cluster, one.network, `${available}/${wanted}`];
          }),
        );
    }
    expect(new URL(page.url()).searchParams.get('at')).toBe('whole');
  });

  test('says what differs between two of them, as the command compares them', async () => {
    await page.goto(`${dashboard.origin}/time?at=broken&with=whole`);
    const words = ['snapshot', 'diff', '-o', 'json', 'moments/whole', 'moments/broken'];
    const run = await runProgram(process.execPath, [program, ...words], { timeoutMs: 120_000, cwd: folder });
    const differences = jsonOf<MeshDifferences>(run);
    const { objects, traffic, unchanged } = differences;
    expect((await rowsIn(page, 'Objects that differ')).map(([object, cluster]) => [object, cluster])).toEqual(
      objects.map(({ cluster, ref }) => [`${ref.kind} ${ref.namespace}/${ref.name}`, cluster]),
    );
    expect(objects.map(({ ref }) => ref.name)).toEqual(['istio-eastwestgateway']);
    const region = page.getByRole('region', { name: 'Differences', exact: true });
    expect(await region.textContent()).toContain(`1 object differs, ${unchanged} unchanged`);
    expect(
      (await rowsIn(page, 'What changes')).map(([service, from, verdict]) => [service, from, verdict?.slice(2)]),
    ).toEqual(traffic.changes.map(({ host, port, from, verdict }) => [`${host}:${port}`, from, verdict]));
    const download = page.waitForEvent('download');
    await region.getByRole('button', { name: 'Save JSON' }).click();
    const saved = await readFile(await (await download).path(), 'utf8');
    expect(JSON.parse(saved)).toEqual({ MeshDifferences: differences });
    await expectForEverybody(page);
  });

  test('leads from a link of a moment to its steps, at that moment', async () => {
    await page.goto(`${dashboard.origin}/time?at=broken&with=whole`);
    await page
      .getByRole('link', { name: /^fails at/ })
      .first()
      .click();
    await page.getByRole('region', { name: /^From \w+ to \w+$/ }).waitFor();
    const { pathname, searchParams } = new URL(page.url());
    expect([pathname, searchParams.get('at'), searchParams.get('with')]).toEqual(['/time', 'broken', 'whole']);
  });

  test('is refused where it holds none', async () => {
    const words = [program, 'dashboard', '--no-open', '--snapshot', '.'];
    const { code, stderr } = await runProgram(process.execPath, words, { timeoutMs: 120_000, cwd: folder });
    expect(code).not.toBe(0);
    expect(stderr).toContain('. is no snapshot, and none of its folders is one');
  });
});

async function shiftReport(change: Partial<ShiftState>): Promise<ShiftReport> {
  const report = JSON.parse(await readFile(join(checkout, 'test/golden/reports/shift.json'), 'utf8')) as ShiftReport;
  return { ...report, shifts: report.shifts.map((one) => ({ ...one, ...change })) };
}

test('a shift is shown step by step as it happens, with what undoes it', async () => {
  const whole = await shiftReport({});
  const [shift] = whole.shifts;
  if (shift === undefined) return expect.fail('the report has no shift');
  const expiresAt = new Date(Date.now() + 5.5 * 60_000).toISOString();
  const begun = { step: 2, weights: { west: 40, east: 60 }, verdicts: shift.verdicts.slice(0, 1), message: null };
  await asIfLive(page);
  await feed(page, { ShiftReport: await shiftReport({ phase: 'Running', expiresAt, ...begun }) }, 300);
  await page.goto(`${dashboard.origin}/live`);
  const region = page.getByRole('region', { name: `Shift of ${shift.service}` });
  const stepsOf = async () =>
    (await rowsIn(page, `Steps of ${shift.service}`)).map(([step, predicted, measured, requests, failed, verdict]) => [
      ...[step, predicted, measured, requests, failed],
      verdict?.replace(/^\W+/, ''),
    ]);
  await region.getByText('step 2 of 3').waitFor();
  expect((await stepsOf()).at(1)).toEqual(['2', '60%', '', '', '', 'is measured']);
  await feed(page, { ShiftReport: await shiftReport({ expiresAt }) });
  await region.getByText('every step is passed').waitFor();
  expect(await stepsOf()).toEqual(
    shift.verdicts.map(({ step, share, measured, requests, errors, verdict }) => [
      ...[`${step}`, `${share}%`, measured, `${requests}`, `${errors}`, verdict],
    ]),
  );
  expect(await region.getByRole('timer').textContent()).toMatch(/^[1-5] min$/);
  await expectForEverybody(page);
});

test('a drill is shown with the countdowns of its process and of the undoing job, and one that was not repaired', async () => {
  const file = join(checkout, 'test/golden/reports/drill-status.json');
  const whole = JSON.parse(await readFile(file, 'utf8')) as DrillStatus;
  const [drill] = whole.drills;
  if (drill === undefined) return expect.fail('the report has a drill');
  const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();
  const running = { ...drill, endsAt: inMinutes(2.5), undoneAt: inMinutes(8.5) };
  await asIfLive(page);
  await feed(page, { DrillStatus: { ...whole, drills: [running] } }, 300);
  await page.goto(`${dashboard.origin}/live`);
  const region = page.getByRole('region', { name: `Drill of ${drill.fault}` });
  await region.getByText('broken on purpose').waitFor();
  const timers = await region.getByRole('timer').allTextContents();
  expect(timers).toEqual([expect.stringMatching(/^[12] min$/), expect.stringMatching(/^[78] min$/)]);
  const text = (await region.textContent()) ?? '';
  for (const { kind, namespace, name } of drill.objects) expect(text).toContain(`${kind} ${namespace}/${name}`);
  expect(text).toContain(`run by ${drill.holder}`);
  await expectForEverybody(page);
  const gone = { ...running, phase: 'Repairing' as const, holder: null, brokenAt: null, endsAt: null };
  await feed(page, { DrillStatus: { ...whole, verdict: 'No', ok: false, drills: [gone] } }, 300);
  await region.getByText('broken, and its process did not repair it').waitFor();
  expect(await region.getByRole('timer').count()).toBe(1);
  const error = { code: 'cluster-unreachable' as const, message: 'east: connection refused', retry: true };
  await feed(page, { DrillStatus: { ...whole, drills: [], unread: [{ cluster: 'east', error }] } });
  await page.getByText('whether a drill is under way in east is not known').waitFor();
  expect(await page.getByText('There is no drill.').count()).toBe(0);
});

test('clusters of a large mesh are folded by network, and unfolded by the keyboard', async () => {
  const read = async <T>(name: string): Promise<T> =>
    JSON.parse(await readFile(join(checkout, `test/golden/reports/${name}.json`), 'utf8')) as T;
  const [status, doctor] = [await read<StatusReport>('status'), await read<DoctorReport>('doctor')];
  const [one] = status.clusters;
  const [ladder] = doctor.pairs;
  if (one === undefined || ladder === undefined) return expect.fail('the reports have a cluster and a pair');
  const names = Array.from({ length: 20 }, (_, index) => `c${index}`);
  const rungs = ladder.rungs.map(({ rung }) => ({ rung, state: 'Passed' as const }));
  const pairs = names.flatMap((from) =>
    names.flatMap((to) =>
      from === to ? [] : [{ from, to, rungs, ...(from + to === 'c0c1' ? { firstFailed: 'Tls' as const } : {}) }],
    ),
  );
  const clusters = names.map((cluster, index) => ({ ...one, cluster, network: `n${index % 4}`, findings: [] }));
  await feed(page, {
    MeshStatus: { ...status, clusters },
    DoctorReport: { ...doctor, pairs, findings: [], clusters: names.map((cluster) => ({ cluster })) },
  });
  await page.goto(`${dashboard.origin}/`);
  const matrix = await rowsIn(page, 'Links between clusters');
  expect(matrix.map(([name]) => name)).toEqual(['network n0', 'network n1', 'network n2', 'network n3']);
  expect(matrix[0]?.slice(1)).toEqual(['✓ 20 pass', '✕ 1 of 25 fail', '✓ 25 pass', '✓ 25 pass']);
  expect((await rowsIn(page, 'Networks')).map(([network, state, links]) => [network, state, links])).toEqual(
    ['n0', 'n1', 'n2', 'n3'].map((network, index) => [
      network,
      '✓ 5 of 5 ready',
      index < 2 ? '✕ 1 of 170 fail' : '✓ 170 pass',
    ]),
  );
  await expectForEverybody(page);
  await page.getByRole('link', { name: 'unfold n0' }).press('Enter');
  await expect.poll(async () => (await rowsIn(page, 'Links between clusters')).length).toBe(8);
  await page
    .getByRole('region', { name: 'Links between clusters' })
    .getByRole('link', { name: '1 of 5 fail' })
    .press('Enter');
  await expect.poll(async () => (await rowsIn(page, 'Links between clusters')).length).toBe(12);
  await page.getByRole('link', { name: 'fails at Tls' }).press('Enter');
  await page.getByRole('region', { name: 'From c0 to c1', exact: true }).waitFor();
  expect((await rowsIn(page, 'Links between clusters')).length).toBe(12);
});
