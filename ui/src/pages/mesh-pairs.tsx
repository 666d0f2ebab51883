import { memo } from 'react';
import type { DoctorReport, PairLadder } from '../../../src/report/doctor.ts';
import type { Finding } from '../../../src/report/finding.ts';
import { FindingView, type Remedies } from '../parts/finding.tsx';
import { Link } from '../parts/link.tsx';
import { State, type Verdict } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { addressOf } from '../state/route.ts';
import { useMeshAddress } from './mesh-address.ts';
import { linksBetween, linksKey, linksText, openWords, type Unit, type UnitLinks } from './mesh-units.ts';
import { pairVerdict, pairWords } from './pair-words.ts';

interface PairMatrixProps {
  readonly pairs: readonly PairLadder[];
  readonly units: readonly Unit[];
  /** The networks that show their clusters. */
  readonly unfolded: readonly string[];
}

/** Who reaches whom: rows call columns. Fifty clusters have 2,450 links, which are drawn where one of them is another. */
export const PairMatrix = memo(({ pairs, units, unfolded }: PairMatrixProps) => {
  const between = linksBetween(units, pairs);
  const rows = units.map((from) => ({
    key: from.id,
    cells: [
      from.id,
      ...units.map((to) => {
        const isSame = from.id === to.id;
        if (isSame && !from.isFolded) return '–';
        const links = between.get(linksKey(from.id, to.id));
        return <LinksCell key={to.id} between={[from, to]} links={links} unfolded={unfolded} />;
      }),
    ],
  }));
  return (
    <Table
      caption="Links between clusters"
      columns={['from \\ to', ...units.map(({ id }) => id)]}
      rows={rows}
      empty="There is no cluster."
    />
  );
});

interface LinksCellProps {
  readonly between: readonly [Unit, Unit];
  readonly links: UnitLinks | undefined;
  readonly unfolded: readonly string[];
}

/** One link, or the links of folded networks, which a click unfolds. */
function LinksCell({ between, links, unfolded }: LinksCellProps) {
  const addressFor = useMeshAddress();
  if (links === undefined) return <State of="Unknown">unknown</State>;
  const folded = between.flatMap(({ isFolded, network }) => (isFolded ? [network] : []));
  const [pair] = links.pairs;
  if (folded.length > 0 || pair === undefined) {
    return (
      <Link to={addressFor(openWords([...new Set([...unfolded, ...folded])]))}>
        <State of={links.verdict}>{linksText(links)}</State>
      </Link>
    );
  }
  const { from, to } = pair;
  return (
    <Link to={addressFor({ pair: `${from}/${to}` })}>
      <State of={links.verdict}>{pairWords(pair)}</State>
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
