import type { IstiodDifference, MeshDifferences, ObjectDifference } from '../../report/differences.ts';
import { fieldLines } from '../plan/field-text.ts';
import { refText } from '../shell/ref-text.ts';
import { paint } from '../shell/terminal.ts';
import { changedFlowLines, unknownLines } from '../whatif/text.ts';

export interface DifferencesTextOptions {
  readonly color: boolean;
  /** The flags that name the later snapshot. */
  readonly source: string;
}

const objectsShown = 40;

const signs = {
  Added: { sign: '+', hue: 'green' },
  Changed: { sign: '~', hue: 'yellow' },
  Removed: { sign: '-', hue: 'red' },
} as const;

/** Two snapshots beside each other: objects by cluster, istiods, what was not compared, then traffic. */
export function differencesText(report: MeshDifferences, options: DifferencesTextOptions): string {
  const { color } = options;
  const names = [...new Set(report.objects.map(({ cluster }) => cluster))];
  const sections = [
    [headline(report), ...clusterLines(report, color)],
    ...names.map((name) => objectLines(name, report, color)),
    istiodLines(report, color),
    uncomparedLines(report, color),
    trafficLines(report, options),
  ];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function headline({ takenAt, objects, unchanged }: MeshDifferences): string {
  const { before, after } = takenAt;
  const times = before === null || after === null ? '' : `${before} to ${after}: `;
  const differ = objects.length === 1 ? '1 object differs' : `${objects.length} objects differ`;
  return `${times}${differ}, ${unchanged} unchanged`;
}

function clusterLines({ clusters: { added, removed } }: MeshDifferences, color: boolean): readonly string[] {
  return [
    ...added.map((name) => signed('Added', `cluster ${name}`, color)),
    ...removed.map((name) => signed('Removed', `cluster ${name}`, color)),
  ];
}

function signed(change: ObjectDifference['change'], text: string, color: boolean): string {
  const { sign, hue } = signs[change];
  return `  ${paint(`${sign} ${text}`, hue, color)}`;
}

function objectLines(name: string, { objects }: MeshDifferences, color: boolean): readonly string[] {
  const all = objects.filter(({ cluster }) => cluster === name);
  const more = all.length - objectsShown;
  return [
    paint(name, 'bold', color),
    ...all
      .slice(0, objectsShown)
      .flatMap(({ change, ref, fields }) => [signed(change, refText(ref), color), ...valueLines(fields)]),
    ...(more > 0 ? [`  … ${more} more, see -o json`] : []),
  ];
}

function istiodLines({ istiods }: MeshDifferences, color: boolean): readonly string[] {
  if (istiods.length === 0) return [];
  const nameOf = ({ cluster, runsIn }: IstiodDifference): string =>
    `istiod of ${cluster}${runsIn === cluster ? '' : ` in ${runsIn}`}`;
  return [
    paint('istiods', 'bold', color),
    ...istiods.flatMap((one) => [signed(one.change, nameOf(one), color), ...valueLines(one.fields)]),
  ];
}

function valueLines(fields: ObjectDifference['fields']): readonly string[] {
  return fields.flatMap((field) => fieldLines(field, 'Cut').map((line) => `      ${line}`));
}

function uncomparedLines({ uncompared }: MeshDifferences, color: boolean): readonly string[] {
  if (uncompared.length === 0) return [];
  return [
    paint('not compared', 'yellow', color),
    ...uncompared.map(({ cluster, kind, missingIn, reason }) => {
      const what = kind === null ? 'the whole cluster' : `its ${kind} objects`;
      const which = missingIn === 'Before' ? 'before' : 'after';
      return `  ${cluster}: the snapshot ${which} lacks ${what}: ${reason}`;
    }),
  ];
}

function trafficLines(
  { traffic, uncompared }: MeshDifferences,
  { color, source }: DifferencesTextOptions,
): readonly string[] {
  const changed = changedFlowLines(traffic, color);
  const unknown = unknownLines(traffic.unknown, { color, source });
  const known = uncompared.length + traffic.unknown.length === 0 ? '' : ', in what is known';
  const lines = [...(changed.length === 0 ? [`nothing${known}`] : changed), ...unknown];
  return [paint('what changes for traffic', 'bold', color), ...lines.map((line) => `  ${line}`)];
}
