import type { DrillState, DrillStatus } from '../../report/drill-status.ts';
import { renderFailure } from '../shell/failure.ts';
import { refText } from '../shell/ref-text.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';

export interface DrillStatusOptions {
  readonly color: boolean;
  /** The flags that name the same mesh. */
  readonly source: string;
}

const phaseTexts = {
  Armed: 'nothing is broken yet',
  Broken: 'broken',
  Repairing: 'broken, and its process did not repair it: the undoing job does',
  Left: 'nothing is broken, and its process is gone',
} as const satisfies Record<DrillState['phase'], string>;

/** Each drill with what repairs it and when; then the clusters of which nothing is known. */
export function drillStatusText({ mesh, drills, unread }: DrillStatus, { color, source }: DrillStatusOptions): string {
  const sections = [
    ...(drills.length === 0 ? [[`mesh ${mesh}: no drill${unread.length === 0 ? '' : ' in what was read'}`]] : []),
    ...drills.map((drill) => drillLines(drill, { color, source })),
    ...unread.map(({ cluster, error }) => [
      `${paint('not known', 'yellow', color)}: whether a drill is under way in ${cluster}`,
      renderFailure(error, { color, source }).trimEnd(),
    ]),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function drillLines(drill: DrillState, { color, source }: DrillStatusOptions): readonly string[] {
  const { cluster, phase, fault, objects, holder, brokenAt, endsAt, undoneAt } = drill;
  return [
    `${paint(fault ?? `a drill in ${cluster}`, 'bold', color)}: ${phaseTexts[phase]}`,
    table([
      ['objects', objects.map(refText).join(', ') || 'none'],
      ...(holder === null ? [] : [['by', holder]]),
      ...(brokenAt === null ? [] : [['since', brokenAt]]),
      ...(endsAt === null ? [] : [['ends', endsAt]]),
      ...(phase === 'Left' ? [] : [['undone', `${undoneAt} at the latest, by a pod in ${cluster}`]]),
    ]),
    ...(phase === 'Left' ? [`next: isthmus status ${source}`] : []),
  ];
}
