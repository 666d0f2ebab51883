import type { PairCheck, SharedCheck, VerifyReport } from '../../report/verify.ts';
import { findingLines, markOf } from '../shell/finding-text.ts';
import { visible } from '../shell/foreign-text.ts';
import { table } from '../shell/table.ts';
import { failureTexts } from './failures.ts';

export interface TextOptions {
  /** The flags that name the mesh again. */
  readonly source: string;
  /** ANSI colours are wanted. */
  readonly color: boolean;
}

/** A report as a person reads it in a terminal; it ends with how many checks passed. */
export function verifyText(report: VerifyReport, { source, color }: TextOptions): string {
  const paint = (text: string, tone: Tone): string => (color ? `\u001b[${tones[tone]}m${text}\u001b[0m` : text);
  const untested = [...report.pairs, ...report.shared].filter(({ tested }) => !tested).length;
  const verdict = `${report.passed} of ${report.total} ${report.total === 1 ? 'check' : 'checks'} passed${untested === 0 ? '' : `, ${untested} not tested`}`;
  const sections = [
    checksTable(['PAIR', 'RESULT', 'PATH', 'VIA', 'IDENTITY', 'P50/P99', 'REQUESTS'], report.pairs.map(pairRow), paint),
    checksTable(['SHARED', 'RESULT', 'SHARE', 'EXPECTED', 'P50/P99', 'REQUESTS'], report.shared.map(sharedRow), paint),
    causesText(report, { source, color }),
    ...failureTexts(report, { source, paint }),
    leftovers(report),
    `${paint(verdict, report.ok ? 'good' : 'bad')} in ${secondsText(report.durationMs)}`,
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** What status says of the same clusters: it looks where a request that fails does not. */
function causesText({ causes }: VerifyReport, { source, color }: TextOptions): string {
  if (causes.length === 0) return '';
  return ['what is wrong there', ...causes.flatMap((one) => findingLines(one, markOf(one, color), { source }))].join(
    '\n',
  );
}

type Tone = 'good' | 'bad' | 'dim';
type Paint = (text: string, tone: Tone) => string;
const tones = { good: 32, bad: 31, dim: 2 } as const;

interface Row {
  readonly ok: boolean;
  readonly cells: readonly string[];
}

function pairRow(pair: PairCheck): Row {
  return {
    ok: pair.ok,
    cells: [
      `${pair.from} -> ${pair.to}`,
      resultText(pair),
      pair.path ?? '-',
      pair.via.length === 0 ? '-' : pair.via.join(', '),
      identityText(pair),
      latencyText(pair.latencyMs),
      requestsText(pair),
    ],
  };
}

function sharedRow(shared: SharedCheck): Row {
  const shares = shared.shares.map(({ cluster, percent }) => `${cluster} ${percent}%`);
  return {
    ok: shared.ok,
    cells: [
      `${shared.from} -> all`,
      resultText(shared),
      shared.requests === 0 ? '-' : shares.join(', '),
      shared.mode === 'LocalFirst' ? 'nearest first' : expectedText(shared),
      latencyText(shared.latencyMs),
      requestsText(shared),
    ],
  };
}

/** `>= 12.5% each` where the same is expected of every cluster. */
function expectedText({ expectations }: SharedCheck): string {
  const [first, ...others] = expectations;
  const isEven = expectations.every(
    ({ clusters, minimumPercent }) => clusters.length === 1 && minimumPercent === first?.minimumPercent,
  );
  if (first !== undefined && others.length > 0 && isEven) return `>= ${first.minimumPercent}% each`;
  return expectations.map(({ clusters, minimumPercent }) => `${clusters.join('+')} >= ${minimumPercent}%`).join(', ');
}

function resultText({ ok, tested }: { readonly ok: boolean; readonly tested: boolean }): string {
  if (!tested) return 'NOT TESTED';
  return ok ? 'ok' : 'FAILED';
}

function identityText({ identity, reachedAfterMs }: PairCheck): string {
  if (reachedAfterMs === null) return '-';
  const { expected, seen } = identity;
  if (seen.client === expected.client && seen.server === expected.server) return 'proved';
  return seen.client === null && seen.server === null ? 'none' : 'other';
}

function latencyText(latency: PairCheck['latencyMs']): string {
  return latency === null ? '-' : `${latency.p50.toFixed(1)}/${latency.p99.toFixed(1)} ms`;
}

function requestsText({
  requests,
  failures,
  earlierFailures,
}: Pick<PairCheck, 'requests' | 'failures' | 'earlierFailures'>): string {
  if (requests === 0) return '-';
  return `${requests - failures} of ${requests}${earlierFailures === 0 ? '' : `, ${earlierFailures} lost before`}`;
}

function checksTable(head: readonly string[], rows: readonly Row[], paint: Paint): string {
  if (rows.length === 0) return '';
  return table([head, ...rows.map(({ cells }) => cells)], {
    style: (cell, { row, column }) => {
      if (row === 0) return paint(cell, 'dim');
      return column === 1 ? paint(cell, rows[row - 1]?.ok === true ? 'good' : 'bad') : cell;
    },
  });
}

function leftovers(report: VerifyReport): string {
  const left = report.clusters.filter(({ cleanUp }) => cleanUp === 'Failed').map(({ name }) => name);
  const own =
    left.length === 0
      ? []
      : [
          `Namespace ${report.namespace} could not be deleted in ${left.join(', ')}; it deletes itself when it expires.`,
        ];
  const spared = report.clusters.flatMap(({ name, spared }) =>
    spared.map((one) => `${name}: namespace ${one.namespace} has expired and is left: ${visible(one.reason)}`),
  );
  const unswept = report.clusters.flatMap(({ name, unswept: reason }) =>
    reason === undefined ? [] : [`${name}: what earlier runs left was not looked for: ${visible(reason)}`],
  );
  return [...own, ...spared, ...unswept].join('\n');
}

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
