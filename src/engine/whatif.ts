import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import type { ObjectEdit } from '../objects/edit.ts';
import { parseChanges } from '../predict/scenario/change.ts';
import type { WhatIf } from '../report/whatif.ts';
import { objectsOf } from '../snapshot/folder.ts';
import { refuseUnpredicted } from '../snapshot/kinds.ts';
import { answerOf } from './model.ts';
import type { NamedText, WhatIfOptions } from './options.ts';
import { loadSnapshot } from './read-snapshot.ts';
import type { SessionState } from './session.ts';

/** Predicts what changes for traffic when parts of the mesh are gone or objects differ. */
export async function whatifUseCase(state: SessionState, options: WhatIfOptions): Promise<WhatIf> {
  await using loaded = await loadSnapshot(state, options);
  const { snapshot } = loaded.stored;
  const changes = (options.changes ?? []).flatMap((file) => changesOf(snapshot, file));
  return answerOf(snapshot, options, changes);
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
