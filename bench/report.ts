import { type Contender, contenders } from './arguments.ts';
import type { Unchanged } from './contenders/isthmus.ts';
import { asSteps } from './milestones.ts';
import type { Run } from './run.ts';
import { median, medianByName } from './statistics.ts';
import { table } from './table.ts';

/** One run, as soon as it has ended. */
export function runLine({ contender, clusters, seconds, cpuSeconds, others }: Run): string {
  return `  ${clusters} clusters  ${contender.padEnd(18)} ${seconds.toFixed(2).padStart(7)} s  (CPU time ${cpuSeconds.toFixed(0)} s; others had ${(100 * others).toFixed(0)} % of the machine)`;
}

/** The medians of all runs of one mesh size: the way as a whole, the ratios to ours, and the steps of each way. */
export function resultText(runs: readonly Run[]): string {
  const ways = contenders.flatMap((contender) => {
    const own = runs.filter((run) => run.contender === contender);
    return own.length === 0 ? [] : [{ contender, own, seconds: median(own.map(({ seconds }) => seconds)) }];
  });
  const ours = ways.find(({ contender }) => contender === 'isthmus')?.seconds;
  const rows = ways.map(({ contender, own, seconds }) => [
    contender,
    seconds.toFixed(2),
    own.map((run) => run.seconds.toFixed(2)).join(' '),
    ours === undefined ? '' : (seconds / ours).toFixed(2),
  ]);
  return [
    '',
    'seconds from empty clusters to the first answered cross-cluster request',
    table([['way', 'median', 'runs', 'to isthmus'], ...rows]),
    ...ways.map(({ contender, own }) => stepsText(contender, own)),
  ].join('\n');
}

/** Where the time of one way goes: when each thing was true, and how long after the one before. */
function stepsText(contender: Contender, runs: readonly Run[]): string {
  // With few runs two milestones that lie close may change places; the medians say the order.
  const sorted = new Map(
    [...medianByName(runs.map(({ milestones }) => milestones))].sort(([, left], [, right]) => left - right),
  );
  const steps = asSteps(sorted);
  const rows = [...sorted].map(([name, at]) => [`  ${name}`, at.toFixed(2), (steps.get(name) ?? 0).toFixed(2)]);
  const besides = [...medianByName(runs.map((run) => run.besides))].map(([name, at]) => [`  (${name})`, at.toFixed(2)]);
  return `\n${contender}: medians of ${runs.length}\n${table([['  step', 'at', 'took'], ...rows, ...besides])}`;
}

/** The medians of applies without changes. */
export function unchangedText(repeats: readonly Unchanged[]): string {
  const of = (key: keyof Unchanged): number => median(repeats.map((repeat) => repeat[key]));
  const all = repeats.map(({ seconds }) => seconds.toFixed(2)).join(' ');
  return `\napply without changes, median of ${repeats.length}: ${of('seconds').toFixed(2)} s as a whole process (${all}), ${of('requests')} requests, ${of('writes')} writes`;
}
