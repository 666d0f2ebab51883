import type { DrilledCaller, DrillReport } from '../../report/drill.ts';
import type { Bar, Page } from '../shell/html.ts';
import { callerRows, verdictTexts } from './text.ts';

const moods = { AsPredicted: 'Good', Different: 'Bad', Unknown: 'Open' } as const;

/** A drill as a page shows it: what was predicted and measured, caller by caller. */
export function drillPage(report: DrillReport): Page {
  const { mesh, fault, seconds, service, verdict, callers, restored, left } = report;
  return {
    title: `${fault} for ${seconds} s`,
    verdict: verdictTexts[verdict],
    mood: left.length > 0 ? 'Bad' : moods[verdict],
    facts: [
      ['mesh', mesh],
      ['called', service],
      ['restored', restored.join(', ') || 'nothing'],
      ...left.map((why) => ['left as it is', why] as const),
      ...report.touched.map(
        ({ host, port, from, verdict: what }) => [what, `${host}:${port} from ${from}, by the model`] as const,
      ),
    ],
    bars: callers.flatMap(barsOf),
    rows: callerRows(callers),
    notes: callers.flatMap(({ from, reason, failure }) => [
      `from ${from}: ${reason}`,
      ...(failure === null ? [] : [`from ${from} the first failed with: ${failure}`]),
    ]),
  };
}

function barsOf({ from, predicted, before, during, after, lost }: DrilledCaller): readonly Bar[] {
  const bar = (name: string, shares: Readonly<Record<string, number>>, gone: number): Bar => ({
    name: `from ${from}, ${name}`,
    parts: [
      ...Object.entries(shares).map(([cluster, percent]) => ({ name: cluster, percent })),
      ...(gone > 0 ? [{ name: 'lost', percent: gone }] : []),
    ],
  });
  return [
    bar('before', before, 0),
    ...(predicted === null ? [] : [bar('predicted', predicted.shares, predicted.lost)]),
    bar('measured', during, lost),
    bar('after', after, 0),
  ];
}
