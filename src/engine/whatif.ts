import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import type { ObjectEdit } from '../objects/edit.ts';
import { networksOf } from '../predict/scenario/aftermath.ts';
import { parseChanges } from '../predict/scenario/change.ts';
import { type Down, parseDown, parseNetworks } from '../predict/scenario/down.ts';
import { whatif } from '../predict/scenario/whatif.ts';
import type { WhatIf } from '../report/whatif.ts';
import { objectsOf } from '../snapshot/folder.ts';
import { refuseUnpredicted } from '../snapshot/kinds.ts';
import type { NamedText, WhatIfOptions } from './options.ts';
import { loadSnapshot } from './read-snapshot.ts';
import { whatifReport } from './reporting/whatif.ts';
import type { SessionState } from './session.ts';

/** Predicts what changes for traffic when parts of the mesh are gone or objects differ. */
export async function whatifUseCase(state: SessionState, options: WhatIfOptions): Promise<WhatIf> {
  await using loaded = await loadSnapshot(state, options);
  const snapshot = withConnected(loaded.stored.snapshot, options.connected ?? []);
  const downs = downsOf(snapshot, options.down ?? []);
  const changes = (options.changes ?? []).flatMap((file) => changesOf(snapshot, file));
  const { path, method } = options;
  const request = { ...(path === undefined ? {} : { path }), ...(method === undefined ? {} : { method }) };
  return whatifReport(whatif(snapshot, { downs, changes, request }));
}

/** The snapshot with pairs of networks that somebody says are connected. */
export function withConnected(snapshot: Snapshot, written: readonly string[]): Snapshot {
  if (written.length === 0) return snapshot;
  const networks = networksOf(snapshot);
  return { ...snapshot, connected: written.map((one) => parseNetworks(one, { networks })) };
}

function downsOf(snapshot: Snapshot, written: readonly string[]): readonly Down[] {
  const names = { clusters: snapshot.clusters.map(({ cluster }) => cluster), networks: networksOf(snapshot) };
  return written.map((one) => parseDown(one, names));
}

function changesOf(snapshot: Snapshot, { name, text }: NamedText): readonly ObjectEdit[] {
  const clusters = snapshot.clusters.map(({ cluster }) => cluster);
  try {
    const objects = objectsOf(name, text);
    objects.forEach(refuseUnpredicted);
    return parseChanges(objects, clusters);
  } catch (error) {
    const { code, message, remedy } = asIsthmusError(error);
    const file = message.startsWith(name) ? '' : `${name}: `;
    throw new IsthmusError(code, `${file}${message}`, { cause: error, ...(remedy === undefined ? {} : { remedy }) });
  }
}
