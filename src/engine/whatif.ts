import { IsthmusError } from '../base/error.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import { networksOf } from '../predict/scenario/aftermath.ts';
import { type ObjectChange, parseChanges } from '../predict/scenario/change.ts';
import { type Down, parseDown } from '../predict/scenario/down.ts';
import { whatif } from '../predict/scenario/whatif.ts';
import type { WhatIf } from '../report/whatif.ts';
import { objectsOf } from '../snapshot/folder.ts';
import type { NamedText, WhatIfOptions } from './options.ts';
import { loadSnapshot } from './read-snapshot.ts';
import { whatifReport } from './reporting/whatif.ts';
import type { SessionState } from './session.ts';

/** Predicts what changes for traffic when parts of the mesh are gone or objects differ. */
export async function whatifUseCase(state: SessionState, options: WhatIfOptions): Promise<WhatIf> {
  await using loaded = await loadSnapshot(state, options);
  const { snapshot } = loaded.stored;
  const downs = downsOf(snapshot, options.down ?? []);
  const changes = (options.changes ?? []).flatMap((file) => changesOf(snapshot, file));
  return whatifReport(whatif(snapshot, { downs, changes }));
}

function downsOf(snapshot: Snapshot, written: readonly string[]): readonly Down[] {
  const names = { clusters: snapshot.clusters.map(({ cluster }) => cluster), networks: networksOf(snapshot) };
  return written.map((one) => {
    const parsed = parseDown(one, names);
    if (parsed.down !== undefined) return parsed.down;
    throw new IsthmusError('usage', parsed.problem, { remedy: parsed.remedy });
  });
}

function changesOf(snapshot: Snapshot, { name, text }: NamedText): readonly ObjectChange[] {
  const clusters = snapshot.clusters.map(({ cluster }) => cluster);
  const parsed = parseChanges(objectsOf(name, text), clusters);
  if (parsed.changes !== undefined) return parsed.changes;
  throw new IsthmusError('invalid-config', `${name}: ${parsed.problem}`, { remedy: parsed.remedy });
}
