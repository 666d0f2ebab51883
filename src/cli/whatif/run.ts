import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { IsthmusError } from '../../base/error.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import { loadSnapshot, type SnapshotFlags } from '../../engine/load-snapshot.ts';
import { networksOf } from '../../predict/scenario/aftermath.ts';
import { type ObjectChange, parseChanges } from '../../predict/scenario/change.ts';
import { type Down, parseDown } from '../../predict/scenario/down.ts';
import { type WhatIf, whatif } from '../../predict/scenario/whatif.ts';
import { whatifJson } from '../../report/whatif-json.ts';
import { objectsOf } from '../../snapshot/folder.ts';
import { type CliContext, exitCodes } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-code.ts';
import type { Assertion } from '../shell/request-flags.ts';
import type { Terminal } from '../shell/terminal.ts';
import { whatifText } from './text.ts';

export interface WhatIfFlags extends SnapshotFlags {
  readonly down?: readonly string[];
  readonly change?: readonly string[];
  readonly assert?: readonly Assertion[];
}

/** Says what changes for traffic when parts of the mesh are gone or objects differ. 7 where an assertion is violated. */
export async function runWhatIf(context: CliContext, flags: WhatIfFlags, terminal: Terminal): Promise<ExitCode> {
  await using loaded = await loadSnapshot(flags, context, terminal);
  const { snapshot } = loaded.stored;
  const downs = downsOf(snapshot, flags.down ?? []);
  const changes = await changesOf(snapshot, flags.change ?? []);
  const result = whatif(snapshot, { downs, changes });
  terminal.stdout(
    flags.output === 'json' ? `${JSON.stringify(whatifJson(result), null, 2)}\n` : whatifText(result, terminal.color),
  );
  const violated = (flags.assert ?? []).filter(({ what, most }) => countOf(result, what) > most);
  for (const { what, most } of violated) {
    terminal.stderr(`assertion violated: ${countOf(result, what)} ${what}, at most ${most}\n`);
  }
  return violated.length === 0 ? exitCodes.done : exitCodes.answerIsNo;
}

function countOf({ counts }: WhatIf, what: Assertion['what']): number {
  return what === 'unreachable' ? counts.Unreachable : counts.Degraded;
}

function downsOf(snapshot: Snapshot, written: readonly string[]): readonly Down[] {
  const names = { clusters: snapshot.clusters.map(({ cluster }) => cluster), networks: networksOf(snapshot) };
  return written.map((one) => {
    const parsed = parseDown(one, names);
    if (parsed.down !== undefined) return parsed.down;
    throw new IsthmusError('usage', parsed.problem, { remedy: parsed.remedy });
  });
}

async function changesOf(snapshot: Snapshot, files: readonly string[]): Promise<readonly ObjectChange[]> {
  const clusters = snapshot.clusters.map(({ cluster }) => cluster);
  const changes = await Promise.all(
    files.map(async (file) => {
      const parsed = parseChanges(objectsOf(file, await contentOf(file)), clusters);
      if (parsed.changes !== undefined) return parsed.changes;
      throw new IsthmusError('invalid-config', `${file}: ${parsed.problem}`, { remedy: parsed.remedy });
    }),
  );
  return changes.flat();
}

async function contentOf(file: string): Promise<string> {
  if (file === '-') return await text(process.stdin);
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new IsthmusError('file-unreadable', `${file} cannot be read`, { cause, remedy: 'name a file with --change' });
  });
}
