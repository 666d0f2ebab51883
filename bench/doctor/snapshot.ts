import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSnapshotFolder } from '../../src/snapshot/folder.ts';
import { median } from '../statistics.ts';
import { table } from '../table.ts';
import type { PartOptions } from './bench.ts';
import { type DoctorRun, diagnosed } from './diagnosed.ts';
import { largeMesh } from './large-mesh.ts';

const mostNetworks = 10;

/** A snapshot of a mesh that works. */
export async function measureSnapshot({ wanted, signal, print }: PartOptions): Promise<void> {
  const { clusters, services, endpoints, runs } = wanted;
  const size = { clusters, services, endpoints, networks: Math.min(clusters, mostNetworks), istiods: clusters };
  const { stored, documents } = await largeMesh(size);
  const work = await mkdtemp(join(tmpdir(), 'isthmus-bench-'));
  try {
    await writeSnapshotFolder(work, stored, documents);
    print(`${clusters} clusters, ${services} services, ${clusters * services * endpoints} endpoints`);
    const all: DoctorRun[] = [];
    for (let index = 0; index < runs; index += 1) {
      const one = await diagnosed(['--snapshot', work], { signal });
      if (one.errors.length > 0) throw new Error(`a mesh that works has ${one.errors.join(', ')}`);
      print(
        `  ${one.seconds.toFixed(1).padStart(6)} s, ${one.processor.toFixed(1)} s of a processor, ${one.mib.toFixed(0)} MiB`,
      );
      all.push(one);
    }
    const of = (what: 'seconds' | 'processor' | 'mib', digits: number): string =>
      median(all.map((one) => one[what])).toFixed(digits);
    print(
      table([
        ['seconds', 'of a processor', 'MiB'],
        [of('seconds', 1), of('processor', 1), of('mib', 0)],
      ]),
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
