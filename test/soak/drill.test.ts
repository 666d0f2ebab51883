import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DrillReport } from '../../src/report/drill.ts';
import type { DrillStatus } from '../../src/report/drill-status.ts';
import { type Accounts, openAccounts } from '../support/access.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { deployHelloworld } from '../support/helloworld.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { undoersLeft } from '../support/shifts.ts';
import { countingClient } from '../support/steady-client.ts';
import { say } from './seed.ts';

const mesh = join(checkout, 'examples/two-networks/mesh.yaml');

let lab: TestLab;
/** Of somebody with the rights of a drill and no others. */
let account: Accounts;
beforeAll(async () => {
  lab = await startTestLab({ name: 'soak-drill', clusters: twoClusters });
  endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
  account = await openAccounts(lab, ['drill']);
  await account.give(mesh);
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

const drill = (fault: string, ...more: string[]): string[] => [
  ...['drill', '--fail', fault, '--for', '20s', '--yes', '-f', mesh, ...more],
];
const faults = ['endpoints:east', 'gateway:east', 'istiod:east'] as const;

async function statusOf(code: number): Promise<DrillStatus> {
  return jsonOf<DrillStatus>(
    endedWith(code, await account.run('drill', ['drill', 'status', '-o', 'json', '-f', mesh])),
  );
}

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

/** What is missing until the undoer in east has repaired the fault. */
async function undone(): Promise<string | undefined> {
  const said = await lab.kubectl('east', '-n', 'istio-system', 'logs', '-l', 'isthmus.dev/undo');
  return said.includes('"Undone"') ? undefined : said;
}

function sayOf({ fault, callers }: DrillReport): void {
  for (const { from, sent, failed, firstFailureMs, settledMs, returnedMs, during, lost } of callers) {
    const times = `first ${firstFailureMs}, settled ${settledMs}, returned ${returnedMs} ms`;
    say(`${fault} from ${from}: ${failed} of ${sent} failed, ${times}, ${JSON.stringify(during)}, lost ${lost}`);
  }
}

describe.each(faults)('%s', (fault) => {
  test('goes as predicted, and everything is as before', async () => {
    const page = join(lab.folder, 'drill.html');
    const ran = endedWith(0, await account.run('drill', drill(fault, '-o', 'json', '--report', page)));
    expect(await readFile(page, 'utf8')).toContain(`<h1>${fault} for 20 s</h1>`);
    const report = jsonOf<DrillReport>(ran);
    sayOf(report);
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
    const shown = await statusOf(0);
    expect(shown).toMatchObject({ verdict: 'Yes', drills: [{ phase: 'Broken', fault }], unread: [] });
    expect(shown.drills[0]?.endsAt).not.toBeNull();
    running.kill('SIGKILL');
    await running.result;
    const killed = Date.now();
    if (fault !== 'endpoints:east') {
      expect(await replicas()).not.toBe('1 1');
      await eventually(async () => ((await replicas()) === '1 1' ? undefined : await replicas()), {
        timeoutMs: 60_000,
      });
    }
    await eventually(undone, { timeoutMs: 60_000 });
    say(`${fault}: repaired ${Math.round((Date.now() - killed) / 1000)} s after the kill`);
    expect(await statusOf(0)).toMatchObject({ verdict: 'Yes', drills: [{ phase: 'Left', holder: null }] });
    // Another drill takes away what the killed one left.
    endedWith(0, await lab.isthmus.run(drill('endpoints:west')));
    await nothingIsLeft();
  });
});

describe('endpoints of a service that is named', () => {
  const fault = 'endpoints:sample/helloworld@east';
  const sample = ['-n', 'sample'];
  beforeAll(async () => await deployHelloworld(lab));

  const selector = async (): Promise<string> =>
    await lab.kubectl('east', ...sample, 'get', 'service', 'helloworld', '-o', 'jsonpath={.spec.selector}');

  test('go as predicted by the count of its callers, and no request is lost', async () => {
    const client = countingClient(lab);
    const ran = await account.run('drill', drill(fault, '-o', 'json'));
    const counted = await client.stop();
    say(`${fault}: the client lost ${counted.lost} of ${counted.sent}`);
    const report = jsonOf<DrillReport>(endedWith(0, ran));
    sayOf(report);
    expect(report).toMatchObject({
      ...{ verdict: 'AsPredicted', service: 'helloworld.sample', left: [], fault },
      restored: ['Service sample/helloworld'],
      callers: [{ from: 'west', predicted: { shares: { west: 100 } }, during: { west: 100 } }],
    });
    expect(report.callers[0]?.before.east).toBeGreaterThan(0);
    const { sent = 0, failed = 0 } = report.callers[0] ?? {};
    // Attempts that the sidecar repeated elsewhere are among them: the client lost none.
    expect(failed).toBeLessThan(sent / 100);
    expect(counted).toMatchObject({ lost: 0 });
    expect(await selector()).toBe('{"app":"helloworld"}');
    await nothingIsLeft();
  });

  test('come back though their process is killed', async () => {
    const client = countingClient(lab);
    const running = lab.isthmus.start(drill(fault));
    await running.said(/is broken for 20 s/);
    running.kill('SIGKILL');
    await running.result;
    expect(await selector()).toContain('isthmus.dev/drill');
    await eventually(undone, { timeoutMs: 60_000 });
    expect(await selector()).toBe('{"app":"helloworld"}');
    expect(await client.stop()).toMatchObject({ lost: 0 });
    endedWith(0, await lab.isthmus.run(drill('endpoints:west')));
    await nothingIsLeft();
  });

  test('are not touched where nobody calls, nobody would answer, or nobody confirms', async () => {
    const unconfirmed = drill(fault).filter((word) => word !== '--yes');
    expect(endedWith(2, await lab.isthmus.run(unconfirmed)).stderr).toContain('not a terminal');
    expect(endedWith(5, await lab.isthmus.run(drill(fault))).stderr).toContain('no sidecar sent a request');
    await lab.kubectl('west', ...sample, 'scale', 'deploy/helloworld-v1', '--replicas=0');
    await lab.kubectl('west', ...sample, 'wait', '--for=delete', 'pod', '-l', 'version=v1', '--timeout=120s');
    expect(endedWith(5, await lab.isthmus.run(drill(fault))).stderr).toContain('nobody would answer');
    await lab.kubectl('west', ...sample, 'scale', 'deploy/helloworld-v1', '--replicas=1');
    await lab.kubectl('west', ...sample, 'rollout', 'status', 'deploy/helloworld-v1', '--timeout=120s');
    expect(await selector()).toBe('{"app":"helloworld"}');
    await nothingIsLeft();
  });
});
