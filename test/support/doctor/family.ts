import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DoctorReport } from '../../../src/report/doctor.ts';
import { endedWith, jsonOf } from '../cli.ts';
import { startTestLab, type TestLab, twoClusters } from '../lab.ts';
import { mesh as ofTwoNetworks } from '../truth/done.ts';
import type { Fault } from '../truth/fault.ts';
import { between } from '../truth/faults.ts';
import { type MeshUnderFault, meshUnderFault } from '../truth/mesh-under-fault.ts';
import { isExpected, judged, type Seen, silent, writeSeen } from './seen.ts';
import { askTools, differencesOf, type Said } from './tools.ts';

const writes = process.env.ISTHMUS_DOCTOR_TABLE === 'write';

interface DoctorFamily {
  /** The name of its lab. */
  readonly lab: string;
  /** Its clusters, of these two names; left out, they are on two networks. */
  readonly clusters?: typeof twoClusters;
  readonly faults: readonly Fault[];
  /** Whether Istio's own tools are asked too. */
  readonly baseline: 'Asked' | 'Left';
  /** `Left`: what the mesh file declares is mended as the rest is, and not by `doctor --fix`. */
  readonly repairs?: 'Left';
  readonly say: (line: string) => void;
  /** The mesh file, made before anything else; left out, that of two networks. */
  readonly meshFile?: (lab: TestLab) => Promise<string>;
}

/**
 * Puts each fault into one mesh: a doctor has to name its cause first and nothing else that is more than a note, to mend
 * what the mesh file declares, and to be silent when the mesh is mended. Where `ISTHMUS_DOCTOR_TABLE` is `write`, what
 * was said is kept for the table of docs/doctor.md.
 */
export function testDoctor({
  lab: name,
  clusters = twoClusters,
  faults,
  baseline,
  repairs,
  say,
  meshFile,
}: DoctorFamily): void {
  let file = ofTwoNetworks;
  let lab: TestLab;
  let mesh: MeshUnderFault;
  let whole: Said | undefined;
  const seconds: number[] = [];
  const tally = { first: 0, only: 0, tried: 0, mended: 0, toMend: 0 };
  beforeAll(async () => {
    lab = await startTestLab({ name, clusters });
    if (meshFile !== undefined) file = await meshFile(lab);
    mesh = await meshUnderFault(lab, [silent], file);
    whole = baseline === 'Asked' ? await askTools(lab) : undefined;
  });
  afterAll(async () => {
    const median = seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)];
    say(
      `cause first: ${tally.first} of ${tally.tried}, alone: ${tally.only}; mended by --fix: ${tally.mended} of ${tally.toMend}; median ${median?.toFixed(1)} s a diagnosis`,
    );
    await lab?.[Symbol.asyncDispose]();
  });

  async function look(fault: Fault): Promise<{ readonly report: DoctorReport; readonly seen: Seen }> {
    const begun = performance.now();
    const requests = fault.shownBy === 'Requests' ? ['--active'] : [];
    const result = await lab.isthmus.run(['doctor', '-f', file, '-o', 'json', ...requests]);
    seconds.push((performance.now() - begun) / 1000);
    const report = jsonOf<DoctorReport>(result);
    const judgement = judged(
      report.findings.filter((cause) => cause.severity !== 'info' || isExpected(cause, fault.causes)),
      fault,
    );
    const tools = whole === undefined ? {} : { tools: differencesOf(whole, await askTools(lab)) };
    tally.tried += 1;
    if (judgement.named === 'First') tally.first += 1;
    return { report, seen: { ...judgement, ...tools } };
  }

  /** Looks at the mesh under a fault, and has it mended by the doctor where the mesh file says what is right. */
  async function looked(fault: Fault): Promise<{ readonly report: DoctorReport; readonly seen: Seen }> {
    if (repairs === 'Left' || !fault.place.startsWith('declared')) return await mesh.under(fault, () => look(fault));
    let found: Awaited<ReturnType<typeof look>> | undefined;
    const problem = await mesh.mendedBy(
      fault,
      async () => {
        found = await look(fault);
      },
      async () => {
        endedWith(0, await lab.isthmus.run(['doctor', '-f', file, '--fix', '--yes']));
      },
    );
    if (found === undefined) throw new Error(problem);
    tally.toMend += 1;
    if (problem === undefined) tally.mended += 1;
    else say(`${fault.name}: after --fix ${problem}`);
    return { ...found, seen: { ...found.seen, fix: problem === undefined ? 'Mended' : 'Left' } };
  }

  for (const fault of faults) {
    test(`${fault.name}: the doctor names the cause, and is silent afterwards`, async () => {
      const { report, seen } = await looked(fault);
      say(`${fault.name} | ${seen.doctor.join('; ')} | ${seen.fix ?? 'not tried'}`);
      if (writes) writeSeen(fault, seen);
      const said = JSON.stringify(report.findings, null, 1);
      expect({ named: seen.named, others: seen.others }, said).toEqual({ named: 'First', others: [] });
      tally.only += 1;
      // What runs in users' namespaces is theirs to restart.
      if (seen.fix !== undefined && between.includes(fault.group) && fault.place === 'declared')
        expect(seen.fix, said).toBe('Mended');
    });
  }
}
