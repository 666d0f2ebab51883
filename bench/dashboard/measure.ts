import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { type RunningDashboard, startBrowser, startDashboard } from '../../test/support/browser.ts';
import { median, quantile } from '../statistics.ts';

/** What is measured of one mesh, in the order of the figures. */
export const columns = [
  'paint ms',
  'click ms',
  'worst ms',
  'facts s',
  'step ms',
  'p95 ms',
  'frame ms',
  'p95 ms',
  'server MiB',
  'tab MiB',
] as const;

const program = resolve(import.meta.dirname, '../../dist/isthmus.js');
const limitMs = 300_000;
/** Steps of the slider, from a half on. */
const steps = 40;

/** Opens the dashboard of a snapshot in a browser and uses it as a reader does. */
export async function measureDashboard(folder: string): Promise<readonly string[]> {
  await using dashboard = await startDashboard(program, ['--snapshot', folder], folder);
  await using browser = await startBrowser();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(limitMs);
  await page.goto(dashboard.link);
  await page.getByRole('region', { name: 'Links between clusters', exact: true }).waitFor();
  const paint = await firstPaint(page, dashboard);
  const clicks = await clickTimes(page);
  const slider = await sliderTimes(page, dashboard);
  const memory = [await residentMiB(serverOf(dashboard)), await tabMiB(browser)];
  return [
    paint.toFixed(0),
    median(clicks).toFixed(0),
    Math.max(...clicks).toFixed(0),
    slider.factsSeconds.toFixed(1),
    ...[slider.steps, slider.frames].flatMap((all) => [median(all).toFixed(0), quantile(all, 0.95).toFixed(0)]),
    ...memory.map((mib) => mib.toFixed(0)),
  ];
}

/** From the request for the page to its first contents, the median of five, in milliseconds. */
async function firstPaint(page: Page, { origin }: RunningDashboard): Promise<number> {
  const all: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    await page.goto(`${origin}/`);
    await page.getByRole('table').first().waitFor();
    all.push(
      await page.evaluate<number>(
        "performance.getEntriesByType('paint').find(({ name }) => name === 'first-contentful-paint').startTime",
      ),
    );
  }
  return median(all);
}

/** From a click to the next frame that shows its result, as the browser counts interactions, in milliseconds. */
async function clickTimes(page: Page): Promise<readonly number[]> {
  await page.getByRole('region', { name: 'Links between clusters', exact: true }).waitFor();
  await page.evaluate(`window.clicks = []; new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) if (name === 'click') window.clicks.push(duration);
  }).observe({ type: 'event', durationThreshold: 16, buffered: false })`);
  const pages = page.getByRole('navigation', { name: 'Pages' });
  for (const name of ['Services', 'Doctor', 'Mesh', 'Services', 'Mesh', 'Doctor', 'Mesh']) {
    await pages.getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
    await page.getByText(/^reading .* …$/).waitFor({ state: 'detached' });
  }
  const row = page.getByRole('region', { name: 'Clusters', exact: true }).getByRole('link').first();
  await row.click();
  await page.getByRole('region', { name: /^Cluster / }).waitFor();
  await page.evaluate('new Promise((resolve) => setTimeout(resolve, 500))');
  const clicks = await page.evaluate<readonly number[]>('window.clicks');
  // What takes less than 16 ms is not told.
  return clicks.length === 0 ? [16] : clicks;
}

interface SliderTimes {
  /** From the page to the first answer: the facts, and what the model finds once. */
  readonly factsSeconds: number;
  /** Of the worker, for the chosen service. */
  readonly steps: readonly number[];
  /** From one frame to the next while the slider moves. */
  readonly frames: readonly number[];
}

/** Moves the slider of a service step by step, waiting for each answer; then frames, as fast as keys repeat. */
async function sliderTimes(page: Page, { origin }: RunningDashboard): Promise<SliderTimes> {
  const begun = performance.now();
  await page.goto(`${origin}/whatif?split=svc-3.ns-3:c0=50,c1=50`);
  const told = page.getByText(/^predicted in \d+ ms$/);
  await told.waitFor();
  const factsSeconds = (performance.now() - begun) / 1000;
  const slider = page.getByRole('slider', { name: 'Share of c0' });
  const then = page.getByRole('region', { name: /^Requests to svc-3/ });
  const found: number[] = [];
  for (let step = 1; step <= steps; step += 1) {
    await slider.press('ArrowRight');
    await then
      .getByText(`c0 ${50 + step}%`)
      .first()
      .waitFor();
    found.push(Number(/\d+/.exec((await told.textContent()) ?? '')?.[0]));
  }
  await page.evaluate(`window.frames_ = []; let last = performance.now(); window.counting = true;
    const count = (now) => { window.frames_.push(now - last); last = now; if (window.counting) requestAnimationFrame(count); };
    requestAnimationFrame(count)`);
  for (let step = 0; step < steps; step += 1) await slider.press('ArrowLeft');
  const frames = await page.evaluate<readonly number[]>('window.counting = false, window.frames_');
  return { factsSeconds, steps: found, frames: frames.slice(1) };
}

async function tabMiB(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const sizes = await Promise.all(
    processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => residentMiB(id)),
  );
  return Math.max(...sizes);
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(join('/proc', String(pid), 'status'), 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

function serverOf({ running }: RunningDashboard): number {
  if (running.pid === undefined) throw new Error('the dashboard did not start');
  return running.pid;
}
