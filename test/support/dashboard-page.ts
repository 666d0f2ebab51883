import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Topic, WatchedReports } from '../../src/dashboard/messages.ts';
import type { PlanReport } from '../../src/report/plan.ts';
import { checkout } from './lab.ts';

/** What tests of the dashboard do with its page. */

const axe = readFile(join(checkout, 'node_modules/axe-core/axe.min.js'), 'utf8');

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

/** Nothing that axe finds. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await page.evaluate<AxeResult>(`${await axe}; axe.run()`);
  expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);
}

/** The same in both themes, and the width of a telephone. */
export async function expectForEverybody(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** The texts of a table's rows, cell by cell, without its header. */
export async function rowsIn(page: Page, name: string): Promise<readonly (readonly string[])[]> {
  const table = page.getByRole('region', { name, exact: true }).getByRole('table');
  await table.waitFor();
  return await table
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent ?? '')),
    );
}

/** Gives the page reports in the place of what the server reads, each time that it comes back. */
export async function feed(page: Page, reports: Partial<WatchedReports>, comesBackMs = 60_000): Promise<void> {
  const events = (Object.entries(reports) as [Topic, { readonly readAt?: string }][]).map(([topic, report]) => {
    const readAt = report.readAt ?? '2026-11-30T10:00:00Z';
    const data = JSON.stringify({ topic, shown: { report, remedies: {} }, readAt });
    return `id: fed ${topic}=1\nevent: look\ndata: ${data}\n\n`;
  });
  const body = `retry: ${comesBackMs}\n\n${events.join('')}`;
  await page.route('**/api/events?*', async (route) => await route.fulfill({ contentType: 'text/event-stream', body }));
}

/** Has the page take a snapshot for clusters that answer. */
export async function asIfLive(page: Page): Promise<void> {
  await page.route('**/api/about', async (route) => {
    const about = (await (await route.fetch()).json()) as object;
    await route.fulfill({ json: { ...about, source: 'Live' } });
  });
}

/** Answers with a plan in the place of the server. */
export async function answerPlan(page: Page, report: PlanReport): Promise<void> {
  await page.route('**/api/plan?', async (route) => await route.fulfill({ json: { report, remedies: {} } }));
}
