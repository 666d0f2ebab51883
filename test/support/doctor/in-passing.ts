import { expect, test } from 'vitest';
import type { DoctorReport } from '../../../src/report/doctor.ts';
import { endedWith, jsonOf } from '../cli.ts';
import { eventually } from '../eventually.ts';
import type { TestLab } from '../lab.ts';
import { done, mesh as meshFile } from '../truth/done.ts';
import type { Fault } from '../truth/fault.ts';
import { isExpected, judged, silent } from './seen.ts';
import { singleFaults } from './tried-faults.ts';

/** What needs no new pod and is mended by taking back one object, or by an apply. */
const quick = [
  'VirtualService that the other cluster has otherwise',
  'DestinationRule with failover and no outlier detection',
  'DestinationRule with failover that ejects a tenth of the hosts',
  'DestinationRule with failover by a label that gateways lack',
  'Service of another protocol where it is called',
  'Service deleted where it is called',
  'VirtualService that routes to a subset that nothing defines',
  'PeerAuthentication of the namespace disables mutual TLS',
  'PeerAuthentication of the whole mesh disables mutual TLS',
  'AuthorizationPolicy of the namespace denies everything',
  'AuthorizationPolicy denies the port of the server',
  'Gateway object that exposes every host',
  'rights of the reader emptied in the other cluster',
  'rights of the reader widened in the other cluster',
  'settings of locality that exclude each other',
];

/** Faults that every run of all tests tries with the doctor alone, one after the other. */
export const inPassing: readonly Fault[] = quick.flatMap((name) =>
  singleFaults.filter((fault) => fault.name.includes(`: ${name}`)),
);

/** A doctor names the cause of each first and nothing else, so that nothing of the one before is left; at the end it is silent. */
export function testInPassing(lab: () => TestLab): void {
  for (const fault of inPassing) {
    test(`${fault.name}: the doctor names the cause`, async () => {
      try {
        for (const step of fault.inject) await done(lab(), step, meshFile);
        await eventually(async () => await wrongIn(lab(), fault), { timeoutMs: 60_000 });
      } finally {
        await mend(lab(), fault);
      }
    });
  }

  test('the doctor is silent when all of these are mended', async () => {
    const look = async (): Promise<string | undefined> => {
      const { code, stdout } = await lab().isthmus.run([...silent, '-f', meshFile]);
      return code === 0 ? undefined : stdout;
    };
    await expect(eventually(look, { timeoutMs: 60_000 })).resolves.toBeUndefined();
  });
}

/** What a doctor says in the place of the cause alone. */
async function wrongIn(lab: TestLab, fault: Fault): Promise<string | undefined> {
  const { findings } = jsonOf<DoctorReport>(await lab.isthmus.run(['doctor', '-f', meshFile, '-o', 'json']));
  const { named, others } = judged(
    findings.filter((cause) => cause.severity !== 'info' || isExpected(cause, fault.causes)),
    fault,
  );
  return named === 'First' && others.length === 0 ? undefined : JSON.stringify(findings, null, 1);
}

async function mend(lab: TestLab, { heal, after, place }: Fault): Promise<void> {
  for (const step of heal) await done(lab, step, meshFile);
  if (place === 'declared') endedWith(0, await lab.isthmus.run(['apply', '-f', meshFile]));
  for (const step of after) await done(lab, step, meshFile);
}
