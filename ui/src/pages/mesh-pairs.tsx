import type { DoctorReport, PairLadder } from '../../../src/report/doctor.ts';
import type { Finding } from '../../../src/report/finding.ts';
import { FindingView, type Remedies } from '../parts/finding.tsx';
import { Link } from '../parts/link.tsx';
import { State, type Verdict } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { addressOf } from '../state/route.ts';

/** A link whose steps are not all known is not known to work. */
export function pairVerdict({ firstFailed, rungs }: PairLadder): Verdict {
  if (firstFailed !== undefined) return 'No';
  return rungs.some(({ state }) => state === 'Unknown') ? 'Unknown' : 'Yes';
}

export function pairWords(pair: PairLadder): string {
  const { firstFailed, rungs } = pair;
  if (firstFailed !== undefined) return `fails at ${firstFailed}`;
  const unknown = rungs.filter(({ state }) => state === 'Unknown').map(({ rung }) => rung);
  return unknown.length === 0 ? 'passes' : `unknown: ${unknown.join(', ')}`;
}

/** Who reaches whom: rows call columns. */
export function PairMatrix({ report: { pairs, clusters } }: { readonly report: DoctorReport }) {
  const names = clusters.map(({ cluster }) => cluster);
  const byName = new Map(pairs.map((pair) => [`${pair.from}/${pair.to}`, pair]));
  const rows = names.map((from) => ({
    key: from,
    cells: [from, ...names.map((to) => (from === to ? '–' : <PairCell key={to} pair={byName.get(`${from}/${to}`)} />))],
  }));
  return (
    <Table
      caption="Links between clusters"
      columns={['from \\ to', ...names]}
      rows={rows}
      empty="There is no cluster."
    />
  );
}

function PairCell({ pair }: { readonly pair: PairLadder | undefined }) {
  if (pair === undefined) return <State of="Unknown">unknown</State>;
  const { from, to } = pair;
  return (
    <Link to={addressOf('/', { pair: `${from}/${to}` })}>
      <State of={pairVerdict(pair)}>{pairWords(pair)}</State>
    </Link>
  );
}

const states = {
  Passed: 'Yes',
  Failed: 'No',
  Follows: 'No',
  Unknown: 'Unknown',
  NotNeeded: 'Note',
} as const satisfies Record<PairLadder['rungs'][number]['state'], Verdict | 'Note'>;

const stateWords = {
  Passed: 'passes',
  Failed: 'fails',
  Follows: 'follows from that',
  Unknown: 'unknown',
  NotNeeded: 'not needed',
} as const;

interface PairViewProps {
  readonly pair: PairLadder;
  readonly report: DoctorReport;
  readonly remedies: Remedies;
}

/** Every step that requests of a pair need, with the finding by which one fails. */
export function PairView({ pair, report, remedies }: PairViewProps) {
  const { from, to, rungs } = pair;
  const rows = rungs.map(({ rung, state, code }) => ({
    key: rung,
    cells: [
      rung,
      <State key="state" of={states[state]}>
        {stateWords[state]}
      </State>,
      code === undefined ? (
        ''
      ) : (
        <Link key="code" to={addressOf('/doctor', { code })}>
          {code}
        </Link>
      ),
    ],
  }));
  const codes = new Set(rungs.flatMap(({ state, code }) => (state === 'Failed' && code !== undefined ? [code] : [])));
  const findings = report.findings
    .flatMap((cause): readonly Finding[] => [cause, ...cause.consequences])
    .filter(({ code, cluster, peer }) => codes.has(code) && isOfPair(cluster, pair) && isOfPair(peer, pair));
  return (
    <section aria-label={`From ${from} to ${to}`}>
      <h3>
        From {from} to {to}: <State of={pairVerdict(pair)}>{pairWords(pair)}</State>
      </h3>
      <Table caption={`Steps from ${from} to ${to}`} columns={['step', 'state', 'finding']} rows={rows} empty="" />
      {findings.map((finding) => (
        <FindingView
          key={`${finding.code} ${finding.cluster} ${finding.message}`}
          finding={finding}
          remedies={remedies}
        />
      ))}
    </section>
  );
}

function isOfPair(cluster: string | undefined, { from, to }: PairLadder): boolean {
  return cluster === undefined || cluster === from || cluster === to;
}
