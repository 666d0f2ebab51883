import type { Logger } from '../base/logger.ts';
import type { HomeSession, KeptDocument } from '../engine/home-session.ts';
import type { AbsenceStage } from './absence.ts';

interface Telling {
  readonly home: Pick<HomeSession, 'record'>;
  readonly log: Logger;
}

const absenceNotes = {
  Kept: 'It is part of the mesh again.',
  Drained: 'Nobody reaches it: the others send nothing there until it answers.',
  Removed: 'Nobody reaches it: the others are brought to the mesh without it until it answers.',
} as const;

/** Tells of what the others do from now on about a cluster that is not reached. */
export async function tellAbsence({ home, log }: Telling, about: KeptDocument, stage: AbsenceStage): Promise<void> {
  const note = absenceNotes[stage];
  const isBack = stage === 'Kept';
  log({
    level: isBack ? 'info' : 'warning',
    cluster: about.name,
    message: 'what the others do changed',
    fields: { note },
  });
  const type = isBack ? 'Normal' : 'Warning';
  await home.record({ about, type, reason: isBack ? 'Returned' : stage, action: 'Absence', note });
}
