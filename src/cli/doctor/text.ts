import type { Cause, DoctorReport, PairLadder } from '../../report/doctor.ts';
import { findingLines, markOf } from '../shell/finding-text.ts';
import { nextOperation } from '../shell/next-operation.ts';
import { remedyText } from '../shell/remedy-text.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';
import { timeText } from '../shell/time-text.ts';

export interface DoctorTextOptions {
  /** The flags that name the mesh again. */
  readonly source: string;
  readonly color: boolean;
}

/** Consequences of one cause that are shown; the rest is counted. */
const shownConsequences = 6;
const shownEvidence = 2;

/** Each cause with its evidence and what follows from it, then the pairs of clusters that are not whole, then what to run next. */
export function doctorText(report: DoctorReport, options: DoctorTextOptions): string {
  const { mesh, readAt, findings, pairs, predicted, verdict, bundle } = report;
  const { source, color } = options;
  const next = nextOperation(verdict, findings);
  return `${[
    `mesh ${mesh}: ${verdictText(report, color)}, read at ${timeText(readAt)}`,
    ...findings.flatMap((cause) => ['', ...causeLines(cause, options)]),
    '',
    ...pairLines(pairs),
    ...(predicted === undefined ? [] : [predictedText(predicted)]),
    ...(bundle === undefined ? [] : [bundleText(bundle)]),
    ...(next === undefined ? [] : [`next: isthmus ${next} ${source}`]),
  ].join('\n')}\n`;
}

function verdictText({ verdict, findings }: DoctorReport, color: boolean): string {
  const isOfErrors = (one: Pick<Cause, 'severity' | 'confidence'>): boolean =>
    one.severity === 'error' && one.confidence !== 'Unknown';
  const count = findings.filter((one) => one.severity === 'error' || one.consequences.some(isOfErrors)).length;
  switch (verdict) {
    case 'Yes':
      return paint(findings.length === 0 ? 'nothing is wrong' : 'no error', 'green', color);
    case 'No':
      return paint(count === 1 ? '1 cause of errors' : `${count} causes of errors`, 'red', color);
    case 'Unknown':
      return paint('not all is known', 'yellow', color);
  }
}

function causeLines(cause: Cause, options: DoctorTextOptions): readonly string[] {
  const { consequences, evidence = [], impact, confidence = 'Proved', undo } = cause;
  const [head = '', ...hints] = findingLines(cause, markOf(cause, options.color), options);
  const seen = evidence
    .slice(0, shownEvidence)
    .map(({ fact, source, at }) => `  seen: ${fact} (${source}${at === undefined ? '' : `, ${at}`})`);
  const hidden = consequences.length - shownConsequences;
  return [
    head,
    ...(impact === undefined ? [] : [`  breaks ${impact}, by the model`]),
    ...(confidence === 'Inferred' ? ['  inferred, not seen itself'] : []),
    ...seen,
    ...hints,
    ...(undo === undefined ? [] : [`  what takes that back: ${remedyText(undo, options)}`]),
    ...consequences.slice(0, shownConsequences).map((one) => `  from this follows: ${nameOf(one)}`),
    ...(hidden > 0 ? [`  and ${hidden} more`] : []),
  ];
}

function nameOf({ cluster, message, code }: Cause['consequences'][number]): string {
  return `${cluster === undefined ? '' : `${cluster}: `}${message} [${code}]`;
}

const titles = {
  Address: 'ADDRESS',
  Route: 'ROUTE',
  Tls: 'TLS',
  Sni: 'SNI',
  Secret: 'SECRET',
  Token: 'TOKEN',
  Endpoints: 'ENDPOINTS',
  Envoy: 'ENVOY',
  Request: 'REQUEST',
} as const;

const states = { Passed: 'ok', Failed: 'FAILS', Follows: 'follows', Unknown: '?', NotNeeded: '-' } as const;

/** A line for each pair of which a rung fails. */
function pairLines(pairs: readonly PairLadder[]): readonly string[] {
  const failing = pairs.filter(({ firstFailed }) => firstFailed !== undefined);
  if (failing.length === 0) {
    return pairs.length === 0 ? [] : [`no step fails between any two of the clusters (${pairs.length} ordered pairs)`];
  }
  const header = ['FROM', 'TO', ...(failing[0]?.rungs ?? []).map(({ rung }) => titles[rung])];
  const rows = failing.map(({ from, to, rungs }) => [from, to, ...rungs.map(({ state }) => states[state])]);
  const rest = pairs.length - failing.length;
  return [
    table([header, ...rows]),
    ...(rest === 0 ? [] : [`no step fails in the other ordered pairs of clusters (${rest})`]),
  ];
}

function bundleText({ file, files }: NonNullable<DoctorReport['bundle']>): string {
  const isWhole = files.length > 1;
  return `${file} holds this report${isWhole ? ' and what it was made from' : ' alone: nothing else could be read'}, without credentials`;
}

function predictedText({ pairs, lost, unknown }: NonNullable<DoctorReport['predicted']>): string {
  const open = unknown === 0 ? '' : `, of ${unknown} that is not known`;
  return `by the model, requests of ${lost} of ${pairs} pairs of a calling cluster and a service are lost${open}`;
}
