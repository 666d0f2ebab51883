import {
  type FlowChange,
  type FlowState,
  type FlowVerdict,
  flowVerdicts,
  type UntilExpiry,
  type WhatIf,
} from '../../report/whatif.ts';
import { findingLines, markOf } from '../shell/finding-text.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';
import { assumptionCount, assumptionLines, percent } from '../trace/text.ts';

const words: Readonly<Record<FlowVerdict, string>> = {
  Unreachable: 'unreachable',
  Degraded: 'degraded',
  Moved: 'moved',
  Rerouted: 'rerouted',
  Restored: 'restored',
  CallerGone: 'gone with their callers',
  Unchanged: 'unchanged',
};

const rowsShown = 40;
const pointsShown = 10;

export interface WhatIfTextOptions {
  readonly color: boolean;
  /** The flags that name the mesh again. */
  readonly source: string;
  /** Left out, assumptions are counted. */
  readonly lists?: 'Assumptions' | undefined;
}

/** What changes for every service and calling cluster, gravest first. */
export function whatifText(result: WhatIf, { color, source, lists }: WhatIfTextOptions): string {
  const sections = [
    [headline(result), countsLine(result, color)],
    failingLines(result, color),
    changedFlowLines(result, color),
    unknownLines(result.unknown, { color, source }),
    result.untilExpiry.flatMap(expiryLines),
    pointLines(result, color),
    lists === undefined ? [assumptionCount(result)] : assumptionLines(result, color),
  ];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function headline({ down, splits, changedObjects, services, clusters }: WhatIf): string {
  const parts = [
    ...(down.length === 0 ? [] : [`${down.join(', ')} down`]),
    ...splits,
    ...(changedObjects === 0 ? [] : [`${changedObjects} ${changedObjects === 1 ? 'object' : 'objects'} changed`]),
  ];
  const what = parts.length === 0 ? 'the mesh as it is' : `what if: ${parts.join(', ')}`;
  return `${what} (${services} ${services === 1 ? 'service' : 'services'}, ${clusters} ${clusters === 1 ? 'cluster' : 'clusters'})`;
}

function countsLine({ counts, unreachableBefore }: WhatIf, color: boolean): string {
  const shown = flowVerdicts
    .filter((verdict) => counts[verdict] > 0 || verdict === 'Unreachable')
    .map((verdict) => {
      const text = `${counts[verdict]} ${words[verdict]}`;
      return verdict === 'Unreachable' && counts[verdict] > 0 ? paint(text, 'red', color) : text;
    });
  const others = [
    ...(unreachableBefore === 0 ? [] : [`${unreachableBefore} without an answer before and after`]),
    ...(counts.Unknown === 0 ? [] : [paint(`${counts.Unknown} not known`, 'yellow', color)]),
  ];
  return `service ports by calling cluster: ${[...shown, ...others].join(' · ')}`;
}

/** What is not known, each reason once with its flows, and who must allow or repair what. */
export function unknownLines(unknown: WhatIf['unknown'], { color, source }: WhatIfTextOptions): readonly string[] {
  const shown = unknown.slice(0, pointsShown).flatMap(({ finding, flows, services, callers }) => {
    const about = flows === 0 ? [] : [`  ${few(services)} from ${callers.join(', ')}`];
    const [first = '', ...rest] = findingLines(withoutPlace(finding), markOf(finding, color), { source });
    return [first, ...about, ...rest];
  });
  const more = unknown.length - pointsShown;
  if (shown.length === 0) return [];
  return [paint('not known', 'yellow', color), ...shown, ...(more > 0 ? [`… ${more} more reasons, see -o json`] : [])];
}

/** The message names its cluster itself. */
function withoutPlace({ message, code, remedy }: WhatIf['unknown'][number]['finding']) {
  return { message, code, remedy };
}

function few(names: readonly string[]): string {
  return `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
}

/** What fails before anything changes, and why. */
function failingLines({ failing }: WhatIf, color: boolean): readonly string[] {
  if (failing.length === 0) return [];
  const rows = failing
    .slice(0, rowsShown)
    .map(({ host, port, from, route, state }) => [`  ${serviceText({ host, port, route })}`, from, stateText(state)]);
  const more = failing.length - rows.length;
  const reasons = new Set(failing.flatMap(({ state }) => state.reasons));
  return [
    paint('already failing now', 'red', color),
    ...table([['  SERVICE', 'FROM', 'NOW'], ...rows]).split('\n'),
    ...(more > 0 ? [`  … ${more} more, see -o json`] : []),
    ...[...reasons].slice(0, pointsShown).map((reason) => `  ${paint('because', 'yellow', color)} ${reason}`),
  ];
}

/** The flows that change, gravest first, and why. */
export function changedFlowLines({ changes }: WhatIf, color: boolean): readonly string[] {
  const listed = changes.filter(({ verdict }) => verdict !== 'CallerGone');
  if (listed.length === 0) return [];
  const rows = listed.slice(0, rowsShown).map(flowRow);
  const more = listed.length - rows.length;
  const reasons = new Set(listed.flatMap(({ after }) => after?.reasons ?? []));
  return [
    // A plan indents it by two.
    ...table([['', 'SERVICE', 'FROM', 'BEFORE', 'AFTER'], ...rows], { width: 78 }).split('\n'),
    ...(more > 0 ? [`… ${more} more, see -o json`] : []),
    ...[...reasons].slice(0, pointsShown).map((reason) => `${paint('because', 'yellow', color)} ${reason}`),
  ];
}

/** A Service by its short name: the suffix is that of every Service, and takes the columns of a table. */
function serviceText({ host, port, route }: Pick<FlowChange, 'host' | 'port' | 'route'>): string {
  const short = host.replace(/\.svc\.cluster\.local$/, '');
  return `${short}:${port}${route === null ? '' : ` (${route})`}`;
}

function flowRow({ verdict, host, port, from, route, before, after }: FlowChange): readonly string[] {
  return [
    words[verdict],
    serviceText({ host, port, route }),
    from,
    stateText(before, verdict),
    after === null ? '-' : stateText(after, verdict),
  ];
}

/** Where requests go, and of those that take another way how they get there. */
function stateText({ shares, lost, code }: FlowState, verdict?: FlowVerdict): string {
  if (code !== null) return code;
  const served = shares
    .toSorted((a, b) => b.share - a.share)
    .map(
      ({ cluster, share, ways }) =>
        `${cluster} ${percent(share)}${verdict === 'Rerouted' ? ` (${ways.join(' or ')})` : ''}`,
    );
  return [...served, ...(lost > 0 ? [`lost ${percent(lost)}`] : [])].join(', ');
}

function expiryLines({ cluster, reason, proxies, firstExpire, lastExpire, hearsNews }: UntilExpiry): readonly string[] {
  const news = hearsNews ? 'They go on hearing of new endpoints' : 'They keep the endpoints and routes that they have';
  return [
    `${cluster}: ${reason}. Its ${proxies} proxies work on until their certificates expire: the first ${hours(firstExpire)} after, the last ${hours(lastExpire)} after.`,
    `${' '.repeat(cluster.length)}  ${news}; pods that start get no certificate.`,
  ];
}

/** Seconds in words. */
function hours(seconds: number): string {
  if (seconds >= 3600) return `${Number((seconds / 3600).toFixed(1))} h`;
  return seconds >= 60 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds)} s`;
}

function pointLines(result: WhatIf, color: boolean): readonly string[] {
  const { singlePoints: points, down, splits, changedObjects, services, unknown } = result;
  if (points.length === 0) {
    if (down.length + splits.length + changedObjects > 0 || services === 0) return [];
    return [`no single point of failure${unknown.length === 0 ? '' : ' in what is known'}`];
  }
  const rows = points
    .slice(0, pointsShown)
    .map(({ part, flows, services, callers }) => [
      `  ${part}`,
      `${flows}`,
      few(services),
      `from ${callers.join(', ')}`,
    ]);
  return [paint('what is left hangs on', 'bold', color), table(rows)];
}
