import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/**
 * What somebody asks of a mesh who sees no pixel and has no mouse: everything is found by its role and accessible name, and done
 * by the keyboard.
 */

/** As people go from one thing to the next. */
async function focusOn(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor();
  const isFocused = (): Promise<boolean> =>
    wanted.evaluate((element) => element === element.ownerDocument.activeElement);
  for (let count = 0; count < 150; count += 1) {
    if (await isFocused()) return;
    await page.keyboard.press('Tab');
  }
  expect.fail(`the keyboard does not reach ${wanted}`);
}

/** Goes to a page by its keys, which `?` lists. */
async function goTo(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: 'Keys (?)' }).waitFor();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keys' });
  const row = help.getByRole('row', { name: `${title}: go to this page` });
  const [first, second] = ((await row.getByRole('rowheader').textContent()) ?? '').split(' ');
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'hidden' });
  await page.keyboard.press(first ?? '');
  await page.keyboard.press(second ?? '');
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
}

/** The rows of a table, by the names of its columns. */
async function rowsOf(page: Page, name: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const table = page.getByRole('region', { name, exact: true }).getByRole('table');
  await table.waitFor();
  const columns = await table.getByRole('columnheader').allTextContents();
  const rows = await table
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader') })
    .all();
  return await Promise.all(
    rows.map(async (row) => {
      const cells = [
        ...(await row.getByRole('rowheader').allTextContents()),
        ...(await row.getByRole('cell').allTextContents()),
      ];
      return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? '']));
    }),
  );
}

/** Is every pair of clusters connected? What the page says of each link. */
export async function linksBetween(page: Page): Promise<Readonly<Record<string, string>>> {
  await goTo(page, 'Mesh');
  const rows = await rowsOf(page, 'Links between clusters');
  const links = rows.flatMap(({ 'from \\ to': from = '', ...others }) =>
    Object.entries(others).map(([to, words]) => [from, to, words] as const),
  );
  return Object.fromEntries(
    links.filter(([from, to]) => from !== to).map(([from, to, words]) => [`${from} to ${to}`, words]),
  );
}

/** Who signs what until when? */
export async function certificates(
  page: Page,
): Promise<readonly { readonly certificate: string; readonly signedBy: string; readonly ends: string }[]> {
  await goTo(page, 'Trust');
  const rows = await rowsOf(page, 'Certificates');
  return rows.map(({ certificate = '', 'signed by': signedBy = '', ends = '' }) => ({ certificate, signedBy, ends }));
}

/** Which service would die with a part of the mesh? Each as `HOST:PORT from CLUSTER`. */
export async function deadWithout(page: Page, part: string): Promise<readonly string[]> {
  await goTo(page, 'What if');
  const box = page.getByRole('checkbox', { name: part, exact: true });
  await focusOn(page, box);
  await page.keyboard.press('Space');
  const answer = page.getByRole('region', { name: 'Answer' });
  await answer.getByText(`--down ${part}`).waitFor();
  const rows = await rowsOf(page, 'What changes');
  return rows
    .filter(({ 'what happens': words = '' }) => words.endsWith('Unreachable'))
    .map(({ service, from }) => `${service} from ${from}`);
}

export interface MissingEndpoint {
  readonly cluster: string;
  readonly reason: string;
  readonly why: string;
}

/** Why is an endpoint of a service missing for the callers of a cluster? */
export async function missingEndpoints(
  page: Page,
  { service, from }: { readonly service: string; readonly from: string },
): Promise<readonly MissingEndpoint[]> {
  await page.keyboard.press('/');
  const search = page.getByRole('dialog', { name: 'Search' });
  await page.keyboard.type(`service ${service}`);
  await search
    .getByRole('option', { name: `service ${service}` })
    .first()
    .waitFor();
  await page.keyboard.press('Enter');
  const requests = page.getByRole('region', { name: `Requests to ${service}` });
  const row = requests.getByRole('row').filter({ has: page.getByRole('rowheader', { name: from, exact: true }) });
  await focusOn(page, row.getByRole('link', { name: /^trace from / }));
  await page.keyboard.press('Enter');
  const left = page
    .getByRole('region', { name: 'Trace' })
    .getByRole('region', { name: /^Endpoints that are left out/ });
  await left.waitFor();
  const name = (await left.getAttribute('aria-label')) ?? '';
  const rows = await rowsOf(page, name);
  return rows.map(({ cluster = '', reason = '', why = '' }) => ({ cluster, reason, why }));
}
