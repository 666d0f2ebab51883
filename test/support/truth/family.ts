import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DoctorReport } from '../../../src/report/doctor.ts';
import { jsonOf } from '../cli.ts';
import { judged, silent } from '../doctor/seen.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../lab.ts';
import { mesh as meshFile } from './done.ts';
import type { Fault } from './fault.ts';
import { everyFault } from './faults.ts';
import { type Command, commands, falselyGreen } from './judge.ts';
import { type MeshUnderFault, meshUnderFault, wellForAll } from './mesh-under-fault.ts';
import { entryIn, entryOf, withEntries } from './table.ts';

const page = join(checkout, 'docs/reliability.md');
const writes = process.env.ISTHMUS_TRUTH_TABLE === 'write';

interface FaultFamily {
  /** The name of its lab. */
  readonly lab: string;
  readonly faults: readonly Fault[];
  /** Those that are asked about a fault; left out, all of them. */
  readonly asked?: (fault: Fault) => readonly Command[];
  /** Whether a doctor has to name the cause first, and nothing else, and to be silent afterwards. */
  readonly doctor?: 'Asked';
  /** More tests of the mesh, when it is mended. */
  readonly afterwards?: (lab: () => TestLab) => void;
  readonly say: (line: string) => void;
}

/**
 * Tries each fault on one mesh, which is mended between them. Where `ISTHMUS_TRUTH_TABLE` is `write`, its entry
 * takes the place of the one in docs/reliability.md; otherwise the entry there must be what was seen.
 */
export function testFaults({ lab: name, faults, asked = () => commands, doctor, afterwards, say }: FaultFamily): void {
  let lab: TestLab;
  let mesh: MeshUnderFault;
  beforeAll(async () => {
    lab = await startTestLab({ name, clusters: twoClusters });
    mesh = await meshUnderFault(lab, doctor === 'Asked' ? [...wellForAll, silent] : wellForAll);
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  for (const fault of faults) {
    // A name that vitest's `-t` finds: test.each would cut it.
    test(`${fault.name}: no command says green`, async () => {
      const observed = await mesh.tried(
        fault,
        asked(fault),
        doctor === 'Asked' ? () => namedFirst(lab, fault) : undefined,
      );
      const text = readFileSync(page, 'utf8');
      const entry = entryOf({ fault, ...observed }, entryIn(text, fault));
      say(entry.text);
      expect(falselyGreen(fault, observed.verdicts), JSON.stringify(observed.said)).toEqual([]);
      const inTable = everyFault.includes(fault);
      if (inTable && writes) {
        const entries = everyFault.map((each) => (each === fault ? entry : entryIn(text, each)));
        writeFileSync(
          page,
          withEntries(
            text,
            entries.filter((each) => each !== undefined),
          ),
        );
      } else if (inTable) expect(entryIn(text, fault)).toEqual(entry);
    });
  }
  afterwards?.(() => lab);
}

async function namedFirst(lab: TestLab, fault: Fault): Promise<void> {
  const { findings } = jsonOf<DoctorReport>(await lab.isthmus.run(['doctor', '-f', meshFile, '-o', 'json']));
  const { named, others } = judged(
    findings.filter(({ severity }) => severity !== 'info'),
    fault,
  );
  expect({ named, others }, JSON.stringify(findings, null, 1)).toEqual({ named: 'First', others: [] });
}
