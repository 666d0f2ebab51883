import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { findResidue, isClean } from '../../lab/src/residue.ts';
import { startBrowser } from '../support/browser.ts';
import { endedWith } from '../support/cli.ts';
import { certificates, deadWithout, linksBetween, missingEndpoints } from '../support/four-questions.ts';
import { checkout } from '../support/lab.ts';
import { runProgram, startProgram } from '../support/program.ts';

test('make demo ends with calls answered by both clusters, its dashboard answers what one asks of a mesh, and make demo-down leaves nothing', async () => {
  // The modules are left as they are, however old: tests that run beside this one are using them.
  const kept = ['-o', 'node_modules/.package-lock.json'];
  const make = async (target: string): Promise<string> =>
    endedWith(0, await runProgram('make', [...kept, target], { cwd: checkout, timeoutMs: 580_000 })).stdout;
  try {
    const said = await make('demo');
    expect(said).toMatch(/4 of 4 checks passed/);
    expect(said).toMatch(/v1 \(west\): [1-9]\d* of 20/);
    expect(said).toMatch(/v2 \(east\): [1-9]\d* of 20/);
    await askDashboard(said);
  } finally {
    await make('demo-down');
  }
  expect(findResidue('demo')).toSatisfy(isClean);
});

/** Asks by the commands that the demo printed, in a shell as a reader has it. */
async function askDashboard(said: string): Promise<void> {
  const [, environment = ''] = /^ {2}(eval "\$\(npx --no lab env .*?\)")/m.exec(said) ?? [];
  const [, dashboard = ''] = /^ {2}(\S+ dist\/isthmus\.js dashboard .*)$/m.exec(said) ?? [];
  expect([environment, dashboard]).not.toContain('');
  const inShell = (words: string): readonly string[] => ['-c', `${environment}; exec ${words}`];
  const kubectl = async (words: string, input?: string): Promise<void> => {
    const options = { cwd: checkout, timeoutMs: 120_000, ...(input === undefined ? {} : { input }) };
    endedWith(0, await runProgram('bash', inShell(`kubectl ${words}`), options));
  };
  // A service that east alone serves, and a pod there that has no sidecar.
  const pod = '--image=isthmus.invalid/lab-helloworld:1 --env=VERSION=v3';
  const labels = '--labels=app=helloworld,version=v3,sidecar.istio.io/inject=false';
  await Promise.all([
    ...['west', 'east'].map((context) => kubectl(`--context ${context} apply -f -`, orders)),
    kubectl(`--context east -n sample run plain ${pod} ${labels}`),
  ]);
  await kubectl('--context east -n sample wait --for=condition=Ready pod/plain --timeout=60s');
  const running = startProgram('bash', inShell(`${dashboard} --no-open`), { cwd: checkout, timeoutMs: 300_000 });
  try {
    const link = /^http:\/\/127\.0\.0\.1:\d+\/#\S+(?=\n)/m;
    const [address = ''] = link.exec(await running.said(link)) ?? [];
    await using browser = await startBrowser();
    const page = await browser.newPage();
    await page.goto(address);
    await expectAnswers(page);
  } finally {
    running.kill('SIGINT');
    await running.result;
  }
}

const orders = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'orders', namespace: 'sample' },
  spec: { selector: { app: 'helloworld', version: 'v2' }, ports: [{ name: 'http', port: 5000 }] },
});

async function expectAnswers(page: Page): Promise<void> {
  expect(await linksBetween(page)).toEqual({ 'west to east': '✓ passes', 'east to west': '✓ passes' });
  const held = await certificates(page);
  expect(held.map(({ certificate, signedBy }) => [certificate, signedBy]).toSorted()).toEqual([
    ['intermediate of east', 'the issuer'],
    ['intermediate of west', 'the issuer'],
    ['issuer', 'the root'],
    ['root', 'itself'],
  ]);
  for (const { ends } of held) expect(Date.parse(ends)).toBeGreaterThan(Date.now());
  expect(await deadWithout(page, 'cluster:east')).toEqual(['orders.sample.svc.cluster.local:5000 from west']);
  expect(await missingEndpoints(page, { service: 'helloworld.sample', from: 'west' })).toEqual([
    { cluster: 'east', reason: 'no-mtls-cross-network', why: expect.stringContaining('it has no sidecar') },
  ]);
}
