import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { startBrowser, startDashboard } from '../test/support/browser.ts';
import { writeMoments } from '../test/support/moments.ts';

/**
 * Takes the pictures of the dashboard for the documentation, docs/images/dashboard-*.png: of a recorded mesh of two networks, and
 * of two moments of it, between which a gateway lost its Service.
 */
const root = resolve(import.meta.dirname, '..');
const program = join(root, 'dist/isthmus.js');
/** Pictures are the one kind of file in the repository that is no text. */
const mostBytes = 200_000;

interface View {
  readonly name: string;
  readonly path: string;
  /** A table or a title that is there when the page is. */
  readonly shows: string;
}

const recorded: readonly View[] = [
  { name: 'mesh', path: '/', shows: 'Links between clusters' },
  { name: 'services', path: '/services?service=only-east.shop.svc.cluster.local', shows: 'All services' },
  { name: 'whatif', path: '/whatif?split=helloworld.sample:west=70,east=30', shows: 'What changes' },
];

const moments: readonly View[] = [
  { name: 'doctor', path: '/doctor', shows: 'error gateway-address' },
  { name: 'time', path: '/time', shows: 'Objects that differ' },
];

async function takePicture(page: Page, origin: string, { name, path, shows }: View): Promise<void> {
  await page.goto(`${origin}${path}`);
  await page
    .getByRole('region', { name: shows, exact: true })
    .or(page.getByRole('heading', { name: shows }))
    .last()
    .waitFor();
  const file = join(root, `docs/images/dashboard-${name}.png`);
  await page.screenshot({ path: file });
  const { size } = await stat(file);
  if (size > mostBytes) throw new Error(`${file} has ${size} bytes, more than ${mostBytes}`);
  process.stdout.write(`${relative(root, file)}: ${size} bytes\n`);
}

async function openPage(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole('table').first().waitFor();
}

async function takePictures(): Promise<void> {
  await using browser = await startBrowser();
  const page = await browser.newPage({ viewport: { width: 1100, height: 760 } });
  // The page shows the flags as they are written: no path of this machine is to be in a picture.
  const fixtures = join(root, 'test/fixtures/doctor');
  await using dashboard = await startDashboard(program, ['--snapshot', 'two-networks'], fixtures);
  await openPage(page, dashboard.link);
  for (const view of recorded) await takePicture(page, dashboard.origin, view);
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-pictures-'));
  try {
    await writeMoments(join(folder, 'moments'));
    await using later = await startDashboard(program, ['--snapshot', 'moments'], folder);
    await openPage(page, later.link);
    for (const view of moments) await takePicture(page, later.origin, view);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await takePictures();
