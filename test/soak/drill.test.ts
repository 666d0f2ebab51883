import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DrillReport } from '../../src/report/drill.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { undoersLeft } from '../support/shifts.ts';
import { say } from './seed.ts';

const mesh = join(checkout, 'examples/two-networks/mesh.yaml');

let lab: TestLab;
beforeAll(async () => {
  lab = await startTestLab({ name: 'soak-drill', clusters: twoClusters });
  endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

const drill = (fault: string, ...more: string[]): string[] => [
  ...['drill', '--fail', fault, '--for', '20s', '--yes', '-f', mesh, ...more],
];
const faults = ['endpoints:east', 'gateway:east', 'istiod:east'] as const;

/** The replicas of what drills scale in east. */
async function replicas(): Promise<string> {
  const query = ['-n', 'istio-system', 'get', 'deploy', 'istiod', 'istio-eastwestgateway'];
  return await lab.kubectl('east', ...query, '-o', 'jsonpath={.items[*].spec.replicas}');
}

async function nothingIsLeft(): Promise<void> {
  expect(await replicas()).toBe('1 1');
  expect(await undoersLeft(lab)).toEqual([]);
  expect(endedWith(0, await lab.isthmus.run(['plan', '-f', mesh, '--exit-code'])).stdout).toContain('nothing to do');
}

describe.each(faults)('%s', (fault) => {
  test('goes as predicted, and everything is as before', async () => {
    const page = join(lab.folder, 'drill.html');
    const ran = endedWith(0, await lab.isthmus.run(drill(fault, '-o', 'json', '--report', page)));
    expect(await readFile(page, 'utf8')).toContain(`<h1>${fault} for 20 s</h1>`);
    const report = jsonOf<DrillReport>(ran);
    for (const { from, sent, failed, firstFailureMs, settledMs, returnedMs, during, lost } of report.callers) {
      const times = `first ${firstFailureMs}, settled ${settledMs}, returned ${returnedMs} ms`;
      say(`${fault} from ${from}: ${failed} of ${sent} failed, ${times}, ${JSON.stringify(during)}, lost ${lost}`);
    }
    expect(report).toMatchObject({ verdict: 'AsPredicted', left: [], fault });
    expect(report.callers.map(({ from, returnedMs }) => [from, returnedMs === null])).toEqual([
      ['west', false],
      ['east', false],
    ]);
    await nothingIsLeft();
  });

  test('is repaired though its process is killed', async () => {
    const running = lab.isthmus.start(drill(fault));
    await running.said(/is broken for 20 s/);
    running.kill('SIGKILL');
    await running.result;
    const killed = Date.now();
    if (fault !== 'endpoints:east') {
      expect(await replicas()).not.toBe('1 1');
      await eventually(async () => ((await replicas()) === '1 1' ? undefined : await replicas()), {
        timeoutMs: 60_000,
      });
    }
    const undone = async (): Promise<string | undefined> => {
      const query = ['-n', 'istio-system', 'logs', '-l', 'isthmus.dev/undo'];
      const said = await lab.kubectl('east', ...query);
      return said.includes('"Undone"') ? undefined : said;
    };
    await eventually(undone, { timeoutMs: 60_000 });
    say(`${fault}: repaired ${Math.round((Date.now() - killed) / 1000)} s after the kill`);
    // Another drill takes away what the killed one left.
    endedWith(0, await lab.isthmus.run(drill('endpoints:west')));
    await nothingIsLeft();
  });
});
