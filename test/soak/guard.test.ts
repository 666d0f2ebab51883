import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ApplyReport } from '../../src/report/apply.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { deployHelloworld } from '../support/helloworld.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { routeWeights, undoersLeft, weightsAre } from '../support/shifts.ts';
import { countingClient } from '../support/steady-client.ts';
import { say } from './seed.ts';

const mesh = join(checkout, 'examples/two-networks/mesh.yaml');

let lab: TestLab;
let sound: string;
beforeAll(async () => {
  lab = await startTestLab({ name: 'soak-guard', clusters: twoClusters });
  endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
  await deployHelloworld(lab);
  await lab.kubectl('west', 'apply', '-n', 'sample', '-f', await lab.file('failing.json', JSON.stringify(failing)));
  sound = await declared('sound', { splitBy: 'Version', split: { v1: 50, v2: 50 } });
});
beforeEach(async () => {
  endedWith(0, await lab.isthmus.run(['apply', '-f', sound]));
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

/** A version that is ready and answers nothing but 500. */
const labels = { app: 'helloworld', version: 'v3' };
const program = 'require("node:http").createServer((q, r) => r.writeHead(500).end()).listen(5000)';
const failing = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'helloworld-v3', labels },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        containers: [
          {
            name: 'helloworld',
            image: 'isthmus.invalid/lab-helloworld:1',
            command: ['/usr/local/bin/node', '-e', program],
            ports: [{ name: 'http', containerPort: 5000 }],
            resources: { requests: { cpu: '5m', memory: '32Mi' } },
          },
        ],
      },
    },
  },
};

/** The mesh file with this MeshService. */
async function declared(name: string, spec: object, service = 'helloworld'): Promise<string> {
  const metadata = { name: service, namespace: 'sample' };
  const document = JSON.stringify({ apiVersion: 'isthmus.dev/v1alpha1', kind: 'MeshService', metadata, spec });
  return await lab.file(`${name}.yaml`, `${await readFile(mesh, 'utf8')}\n---\n${document}\n`);
}

const guarded = (path: string): string[] => ['apply', '-f', path, '--guard', '30s', '-o', 'json'];

async function isAsBefore(): Promise<void> {
  expect(await routeWeights(lab)).toEqual(['50 50', '50 50']);
  expect(await undoersLeft(lab)).toEqual([]);
  expect(endedWith(0, await lab.isthmus.run(['plan', '-f', sound, '--exit-code'])).stdout).toContain('nothing to do');
}

const predicted = [
  ['a version that no pod has', { splitBy: 'Version', split: { v1: 50, v9: 50 } }],
  ['a label that no pod has', { splitBy: 'Version', versionLabel: 'release', split: { v1: 50, v2: 50 } }],
] as const;

test.each(predicted)('%s is refused by the model, and no request is lost', async (name, spec) => {
  const client = countingClient(lab);
  const { stderr } = endedWith(5, await lab.isthmus.run(guarded(await declared('harm', spec))));
  const { sent, lost } = await client.stop();
  say(`${name}: refused, ${lost} of ${sent} requests lost`);
  expect(stderr).toMatch(/would be lost/);
  expect(lost).toBe(0);
  await isAsBefore();
});

const harmful = [
  ['a version whose pods fail', { splitBy: 'Version', split: { v1: 50, v3: 50 } }, 'helloworld'],
  ['a typo in the name of the service', { splitBy: 'Version', split: { v1: 50, v2: 50 } }, 'heloworld'],
] as const;

test.each(harmful)('%s is put back when requests fail', async (name, spec, service) => {
  const path = await declared('harm', spec, service);
  const client = countingClient(lab);
  const report = jsonOf<ApplyReport>(endedWith(7, await lab.isthmus.run(guarded(path))));
  const { sent, lost } = await client.stop();
  const { outcome, reason, seconds } = report.guard ?? {};
  say(`${name}: ${outcome} after ${seconds} s, ${lost} of ${sent} requests lost: ${reason}`);
  expect(report).toMatchObject({ ok: false, guard: { outcome: 'WentBack', left: [] } });
  expect(lost).toBeGreaterThan(0);
  await isAsBefore();
});

test('what does no harm passes, and no request is lost', async () => {
  const path = await declared('other', { splitBy: 'Version', split: { v1: 20, v2: 80 } });
  const client = countingClient(lab);
  const report = jsonOf<ApplyReport>(endedWith(0, await lab.isthmus.run(guarded(path))));
  const { sent, lost } = await client.stop();
  say(
    `without harm: ${report.guard?.outcome}, ${lost} of ${sent} requests lost: ${JSON.stringify(report.guard?.flows)}`,
  );
  expect(report).toMatchObject({ ok: true, guard: { outcome: 'Kept' } });
  // Nobody calls from east.
  expect(report.guard?.reason).toMatch(/no harm was seen; too few requests to judge helloworld\S+ from east$/);
  expect(report.guard?.flows).toMatchObject([
    { from: 'west', verdict: 'Advance' },
    { from: 'east', verdict: 'Hold' },
  ]);
  expect(await routeWeights(lab)).toEqual(['20 80', '20 80']);
  expect(await undoersLeft(lab)).toEqual([]);
  expect(lost).toBe(0);
});

test('what was there before returns where the process is killed', async () => {
  const path = await declared('other', { splitBy: 'Version', split: { v1: 20, v2: 80 } });
  const client = countingClient(lab);
  const running = lab.isthmus.start(['apply', '-f', path, '--guard', '5m']);
  await weightsAre(lab, '20 80', { timeoutMs: 120_000 });
  running.kill('SIGKILL');
  await running.result;
  const killed = performance.now();
  await weightsAre(lab, '50 50', { timeoutMs: 120_000 });
  const seconds = (performance.now() - killed) / 1000;
  const { sent, lost } = await client.stop();
  say(`killed: as before after ${seconds.toFixed(1)} s, ${lost} of ${sent} requests lost`);
  expect(lost).toBe(0);
  // The next one takes the undoers away, which have done their work.
  endedWith(0, await lab.isthmus.run(['apply', '-f', sound, '--guard', '10s']));
  await isAsBefore();
});

test('an apply that changes nothing for requests is not watched', async () => {
  const report = jsonOf<ApplyReport>(endedWith(0, await lab.isthmus.run(guarded(sound))));
  expect(report.guard).toMatchObject({ outcome: 'NotNeeded', flows: [] });
});
