import type { DrilledCaller, DrillReport } from '../../report/drill.ts';
import type { WhatIf } from '../../report/whatif.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';

const mostShown = 10;

/** What breaking it means for the services of the mesh, by the model. */
export function blastText({ changes, counts }: WhatIf, fault: string): string {
  const sum = `${counts.Unreachable} unreachable, ${counts.Degraded} degraded, ${counts.Moved} moved, ${counts.Rerouted} rerouted`;
  const title = `${fault}: by the model, of the requests to the services of the mesh: ${sum}, ${counts.Unknown} not known`;
  const shown = changes.slice(0, mostShown).map(({ verdict, host, port, from, after }) => {
    const lost = (after?.lost ?? 0) > 0 ? `, ${percent(after?.lost ?? 0)} lost at the first attempt` : '';
    return `  ${verdict}: ${host}:${port} from ${from}${lost}`;
  });
  const more = changes.length > mostShown ? [`  and ${changes.length - mostShown} more`] : [];
  return `${[title, ...shown, ...more].join('\n')}\n`;
}

export interface DrillTextOptions {
  readonly color: boolean;
  /** The flags that name the same mesh. */
  readonly source: string;
}

export const verdictTexts = {
  AsPredicted: 'requests went as predicted',
  Different: 'requests went elsewhere than predicted',
  Unknown: 'whether requests went as predicted is not known',
} as const satisfies Record<DrillReport['verdict'], string>;

/** What happened to the requests of each caller, and whether everything is as before. */
export function drillText(report: DrillReport, { color, source }: DrillTextOptions): string {
  const { fault, seconds, verdict, callers, restored, left } = report;
  return `${[
    `${paint(`${fault} for ${seconds} s`, 'bold', color)}: ${verdictTexts[verdict]}`,
    table(callerRows(callers)),
    ...callers
      .filter((caller) => caller.verdict !== 'AsPredicted')
      .map(({ from, reason }) => `${paint('!', 'yellow', color)} from ${from}: ${reason}`),
    ...callers.flatMap(({ from, failure }) =>
      failure === null ? [] : [`  from ${from} the first failed with: ${failure}`],
    ),
    `restored: ${restored.join(', ') || 'nothing'}`,
    ...left.map((why) => `${paint('!', 'yellow', color)} left as it is: ${why}`),
    `next: isthmus status ${source}`,
  ].join('\n')}\n`;
}

/** A row for each caller, below the titles. */
export function callerRows(callers: DrillReport['callers']): readonly (readonly string[])[] {
  const rows = callers.map((caller) => [
    caller.from,
    predictedText(caller),
    shareText(caller.during, caller.lost),
    `${caller.failed} of ${caller.sent}`,
    spanText(caller.firstFailureMs),
    spanText(caller.settledMs),
    spanText(caller.returnedMs),
  ]);
  return [['FROM', 'PREDICTED', 'MEASURED', 'FAILED', 'FIRST', 'SETTLED', 'RETURNED'], ...rows];
}

function predictedText({ predicted }: DrilledCaller): string {
  return predicted === null ? 'not known' : shareText(predicted.shares, predicted.lost);
}

function shareText(shares: Readonly<Record<string, number>>, lost: number): string {
  const parts = Object.entries(shares).map(([cluster, share]) => `${cluster} ${percent(share)}`);
  return [...parts, ...(lost > 0 ? [`lost ${percent(lost)}`] : [])].join(', ') || 'no request';
}

function percent(share: number): string {
  return `${Math.round(share)}%`;
}

function spanText(milliseconds: number | null): string {
  return milliseconds === null ? '-' : `${(milliseconds / 1000).toFixed(1)} s`;
}
