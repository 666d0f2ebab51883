import type { SnapshotReport } from '../../report/snapshot.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { MeshFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';

/** Reads the clusters and writes what they hold, without credentials, into a folder that is empty so far. */
export async function runSnapshot(flags: MeshFlags, folder: string, run: CommandRun): Promise<ExitCode> {
  const session = await openNamed(flags, run);
  const report = await session.snapshot(folder, useCaseOptions(flags));
  printReport(report, flags.output, snapshotText, run.terminal);
  return report.gaps.length === 0 ? exitCodes.done : exitCodes.partial;
}

export function snapshotText({ folder, clusters, istiods, gaps }: SnapshotReport): string {
  const lines = clusters.map(({ cluster, objects }) => `${cluster}: ${objects} objects`);
  const missing = gaps.length === 0 ? [] : [`${gaps.length} things could not be read, see above`];
  return `${[
    ...lines,
    `${folder} holds ${clusters.length} clusters and ${istiods} istiods, without credentials`,
    ...missing,
    `next: isthmus trace --snapshot ${folder} --from CLUSTER/NAMESPACE/WORKLOAD --to HOST:PORT`,
  ].join('\n')}\n`;
}
