import { stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { startBrowser, startDashboard } from '../test/support/browser.ts';

/**
 * Takes the pictures of the dashboard for the documentation, of a recorded mesh of two networks: docs/images/dashboard-*.png.
 */
const root = resolve(import.meta.dirname, '..');
/** Pictures are the one kind of file in the repository that is no text. */
const mostBytes = 200_000;

const views = [
  { name: 'mesh', path: '/', shows: 'Links between clusters' },
  { name: 'services', path: '/services?service=only-east.shop.svc.cluster.local', shows: 'All services' },
  { name: 'whatif', path: '/whatif?split=helloworld.sample:west=70,east=30', shows: 'What changes' },
] as const;

async function takePictures(): Promise<void> {
  // The page shows the flags as they are written: no path of this machine is to be in a picture.
  const folder = join(root, 'test/fixtures/doctor');
  await using dashboard = await startDashboard(join(root, 'dist/isthmus.js'), ['--snapshot', 'two-networks'], folder);
  await using browser = await startBrowser();
  const page = await browser.newPage({ viewport: { width: 1100, height: 760 } });
  await page.goto(dashboard.link);
  await page.getByRole('table').first().waitFor();
  for (const { name, path, shows } of views) {
    await page.goto(`${dashboard.origin}${path}`);
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
}

await takePictures();
