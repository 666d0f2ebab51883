import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';

const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
});

/** Starts an app on a free port and gives `127.0.0.1:<port>`. */
async function start(app: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, [join(import.meta.dirname, app), ...args], {
    env: { POD_NAME: `${args[0] ?? app}-pod`, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    const port = /port: (\d+)/.exec(said)?.[1];
    if (port !== undefined) return `127.0.0.1:${port}`;
  }
  throw new Error(`${app} ended before it listened: ${said}`);
}

async function json(url: string): Promise<unknown> {
  return await (await fetch(`http://${url}`)).json();
}

describe('helloworld', () => {
  test("answers as Istio's sample does", async () => {
    const host = await start('helloworld.ts', [], { VERSION: 'v2', POD_NAME: 'helloworld-v2-abc' });
    const response = await fetch(`http://${host}/hello`);
    expect(await response.text()).toBe('Hello version: v2, instance: helloworld-v2-abc\n');
    expect((await fetch(`http://${host}/other`)).status).toBe(404);
  });
});

describe('bookinfo', () => {
  test('a page is made of all services, each saying who it is', async () => {
    const ratings = await start('bookinfo.ts', ['ratings'], { NODE_NAME: 'east-node' });
    const reviews = await start('bookinfo.ts', ['reviews'], { VERSION: 'v3', CLUSTER: 'east', RATINGS_HOST: ratings });
    const details = await start('bookinfo.ts', ['details'], { CLUSTER: 'west' });
    const hosts = { REVIEWS_HOST: reviews, DETAILS_HOST: details };
    const page = await start('bookinfo.ts', ['productpage'], { CLUSTER: 'west', ...hosts });
    expect(await json(`${page}/productpage`)).toMatchObject({
      service: 'productpage',
      cluster: 'west',
      pod: 'productpage-pod',
      details: { service: 'details', version: 'v1' },
      reviews: { version: 'v3', colour: 'red', ratings: { cluster: 'east', stars: [5, 4] } },
      missing: [],
    });
  });

  test('a page says what is missing instead of failing with it', async () => {
    const details = await start('bookinfo.ts', ['details'], {});
    const page = await start('bookinfo.ts', ['productpage'], { DETAILS_HOST: details, REVIEWS_HOST: '127.0.0.1:1' });
    expect(await json(`${page}/api/v1/products/0`)).toMatchObject({
      details: { id: 0 },
      missing: [{ service: 'reviews', error: expect.stringContaining('ECONNREFUSED') }],
    });
  });

  test('version 1 of reviews asks for no ratings', async () => {
    const reviews = await start('bookinfo.ts', ['reviews'], { RATINGS_HOST: '127.0.0.1:1' });
    expect(await json(`${reviews}/reviews/0`)).not.toHaveProperty('ratings');
  });
});

describe('lab-curl', () => {
  const run = promisify(execFile);
  const script = join(import.meta.dirname, 'lab-curl.ts');

  test('shows the status before the body', async () => {
    const host = await start('helloworld.ts', [], {});
    const { stdout } = await run(process.execPath, [script, '-n', '2', `${host}/hello`]);
    expect(stdout).toMatch(/^(200 [\d.]+ ms\nHello version: v1, instance: helloworld.ts-pod\n){2}$/);
  });

  test('under the name curl it prints what curl prints', async () => {
    const host = await start('helloworld.ts', [], {});
    const folder = mkdtempSync(join(tmpdir(), 'lab-apps-'));
    symlinkSync(script, join(folder, 'curl'));
    const words = [join(folder, 'curl'), '-sS', '-o', '/dev/null', '-w', '%{http_code}\\n', `${host}/hello`];
    const { stdout } = await run(process.execPath, words);
    rmSync(folder, { recursive: true });
    expect(stdout).toBe('200\n');
  });

  test('sends a path as it is where that is asked for', async () => {
    const host = await start('helloworld.ts', [], {});
    const asIs = await run(process.execPath, [script, '--globoff', '--path-as-is', `${host}/x/../hello`]);
    expect(asIs.stdout).toMatch(/^404 /);
    const { stdout } = await run(process.execPath, [script, `${host}/x/../hello`]);
    expect(stdout).toMatch(/^200 /);
  });

  test('an unreachable server is exit code 7 and one line', async () => {
    const failure = run(process.execPath, [script, '127.0.0.1:1']);
    await expect(failure).rejects.toMatchObject({ code: 7, stderr: expect.stringMatching(/ECONNREFUSED.*\n$/) });
  });
});
