import { parseArgs } from 'node:util';
import { type Oracle, startOracle } from '../../lab/src/oracle/oracle.ts';
import { pinned, writeFixture } from './fixture.ts';
import { generateCase, type OracleCase } from './generate.ts';
import { type Disagreement, judge, type Tally } from './judge.ts';
import { shrink } from './shrink.ts';

/** The exit code of a run that found differences, as `isthmus plan` uses it for drift. */
const differencesExit = 7;

interface Found {
  readonly one: OracleCase;
  readonly disagreement: Disagreement;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

interface Options {
  readonly cases: number;
  readonly seed: number;
  readonly keep: string | undefined;
  readonly kind: string | undefined;
  readonly lab: string;
}

function options(): Options {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      // Shrinks the first difference, of that kind if one is given, and writes it as the fixture of that name.
      keep: { type: 'string' },
      kind: { type: 'string' },
      lab: { type: 'string', default: 'oracle' },
    },
  });
  const { cases, seed, keep, kind, lab } = values;
  return { cases: Number(cases), seed: Number(seed), keep, kind, lab };
}

async function run(oracle: Oracle, cases: number, seed: number): Promise<{ tally: Tally; found: Found[] }> {
  const found: Found[] = [];
  const tally: Tally = { asked: 0, withEndpoints: 0, throughGateways: 0, withPriorities: 0 };
  for (let next = seed; tally.asked < cases; next += 1) {
    const one = generateCase(next);
    const wrong = await judge(oracle, { ...one, tally });
    for (const disagreement of wrong) show({ one, disagreement });
    found.push(...wrong.map((disagreement) => ({ one, disagreement })));
    say(`seed ${next}: ${tally.asked} queries, ${found.length} differences`);
  }
  return { tally, found };
}

function show({ one, disagreement }: Found): void {
  const { asking, query, difference } = disagreement;
  const { name, namespace, cluster, network } = asking.proxy;
  say(
    `seed ${one.seed}: ${difference.kind}: ${name}.${namespace} in ${cluster} (network "${network}") asks istiod ${asking.istiod}`,
  );
  say(`  ${JSON.stringify(query)}`);
  for (const line of difference.lines) say(`  ${line}`);
}

function summarize(tally: Tally, found: readonly Found[]): void {
  for (const [kind, members] of Object.entries(
    Object.groupBy(found, ({ disagreement }) => disagreement.difference.kind),
  )) {
    const seeds = [...new Set((members ?? []).map(({ one }) => one.seed))];
    say(`${kind}: ${members?.length ?? 0} differences, seeds ${seeds.slice(0, 10).join(' ')}`);
  }
  const { asked, withEndpoints, throughGateways, withPriorities } = tally;
  say(
    `${withEndpoints} answers with endpoints, ${throughGateways} through gateways, ${withPriorities} with priorities`,
  );
  say(`${asked} queries, ${found.length} differences`);
}

async function keepFirst(oracle: Oracle, name: string, [first]: readonly Found[]): Promise<void> {
  if (first === undefined) return;
  const start = { snapshot: first.one.snapshot, disagreement: first.disagreement };
  const { snapshot, disagreement } = await shrink(oracle, start, { maxLoads: 200, report: say });
  const { asking, query, actual } = disagreement;
  const answers = [{ istiod: asking.istiod, proxy: asking.proxy, query, actual: pinned(actual, query) }];
  say(`written to ${await writeFixture(name, { snapshot, answers })}`);
  show({ one: first.one, disagreement });
}

const { cases, seed, keep, kind, lab } = options();
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
await using oracle = await startOracle({ name: lab, clusters: 5, signal: interrupt.signal, report: say });
const { tally, found } = await run(oracle, cases, seed);
const chosen = found.filter(({ disagreement }) => kind === undefined || disagreement.difference.kind === kind);
if (keep !== undefined) await keepFirst(oracle, keep, chosen);
summarize(tally, found);
process.exitCode = found.length === 0 ? 0 : differencesExit;
