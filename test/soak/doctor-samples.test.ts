import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DoctorReport } from '../../src/report/doctor.ts';
import { jsonOf } from '../support/cli.ts';
import { installByHand } from '../support/doctor/istio-by-hand.ts';
import { causeText, silent } from '../support/doctor/seen.ts';
import { eventually } from '../support/eventually.ts';
import { startTestLab, type TestLab, twoClusters } from '../support/lab.ts';

const clusters = twoClusters.map(({ name }) => name);
const byContexts = clusters.flatMap((name) => ['--context', name]);
const settlesWithinMs = 60_000;

let lab: TestLab;
beforeAll(async () => {
  lab = await startTestLab({ name: 'soak-doctor7', clusters: twoClusters });
  await installByHand(lab);
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

async function doctor(...flags: readonly string[]): Promise<DoctorReport> {
  return jsonOf<DoctorReport>(await lab.isthmus.run(['doctor', ...byContexts, '-o', 'json', ...flags]));
}

/** Waits until a client gets answers of both clusters. */
async function requestsCross(): Promise<void> {
  const client = ['-n', 'sample', 'exec', 'deploy/client', '-c', 'client', '--'];
  const curl = ['lab-curl', '-m', '2', '-n', '20', 'http://helloworld.sample:5000/hello'];
  await eventually(
    async () => {
      const said = await lab.kubectl('west', ...client, ...curl);
      return ['version: v1', 'version: v2'].every((one) => said.includes(one)) ? undefined : said;
    },
    { timeoutMs: settlesWithinMs },
  );
}

async function isSilent(): Promise<void> {
  await eventually(
    async () => {
      const { code, stdout } = await lab.isthmus.run([...silent, ...byContexts]);
      return code === 0 ? undefined : stdout;
    },
    { timeoutMs: settlesWithinMs },
  );
}

test('the doctor finds nothing in a mesh that was made by the pages of Istio, and knows its names', async () => {
  await requestsCross();
  await isSilent();
  const report = await doctor();
  expect(report).toMatchObject({ mesh: 'mesh1', verdict: 'Yes', findings: [] });
  expect(report.pairs.map(({ from, to, firstFailed }) => [from, to, firstFailed])).toEqual([
    ['cluster1', 'cluster2', undefined],
    ['cluster2', 'cluster1', undefined],
  ]);
});

test('it finds nothing by requests either', async () => {
  expect(await doctor('--active')).toMatchObject({ verdict: 'Yes', findings: [] });
});

const inSystem = ['-n', 'istio-system'];
const gateway = 'deployment/istio-eastwestgateway';
const faults = [
  {
    what: 'a gateway scaled to 0',
    inject: [...inSystem, 'scale', gateway, '--replicas=0'],
    heal: [...inSystem, 'scale', gateway, '--replicas=1'],
    cause: 'cluster2: gateway-not-ready',
  },
  {
    what: 'a remote secret without its label',
    inject: [...inSystem, 'label', 'secret', 'istio-remote-secret-cluster1', 'istio/multiCluster-'],
    heal: [...inSystem, 'label', 'secret', 'istio-remote-secret-cluster1', 'istio/multiCluster=true'],
    cause: 'cluster2: peer-secret',
  },
];

test.each(faults)('it names $what there, and is silent afterwards', async ({ inject, heal, cause }) => {
  await lab.kubectl('east', ...inject);
  try {
    await eventually(
      async () => {
        const { findings } = await doctor();
        return findings.map(causeText).join() === cause ? undefined : JSON.stringify(findings, null, 1);
      },
      { timeoutMs: settlesWithinMs },
    );
  } finally {
    await lab.kubectl('east', ...heal);
  }
  await requestsCross();
  await isSilent();
});
