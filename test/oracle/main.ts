import { parseArgs } from 'node:util';
import { crashesIn } from '../../lab/src/oracle/crash.ts';
import { type Oracle, startOracle } from '../../lab/src/oracle/oracle.ts';
import { istioSource, type LabIstio, parseIstio, usualIstio } from '../../lab/src/tools/istios.ts';
import { pinned, writeFixture } from './fixture.ts';
import { generateCase, type OracleCase, withIstio } from './generate.ts';
import { added, type Disagreement, emptyTally, judge, type Tally } from './judge.ts';
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
  readonly istio: LabIstio;
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
      // The Istio that answers and is predicted.
      istio: { type: 'string', default: usualIstio },
    },
  });
  const { cases, seed, keep, kind, lab, istio } = values;
  return { cases: Number(cases), seed: Number(seed), keep, kind, lab, istio: parseIstio(istio) };
}

/** An oracle that is restarted after a failure: of hundreds of istiods that a long run starts, one may be lost. */
class Restarted implements AsyncDisposable {
  /** How istiods ended by themselves in the last `try` that had no result. */
  crashes: readonly string[] = [];
  readonly #start: () => Promise<Oracle>;
  #oracle: Oracle | undefined;

  constructor(start: () => Promise<Oracle>) {
    this.#start = start;
  }

  /** What `use` gives, from a second oracle where the first one fails; undefined where both do, or after an interrupt. */
  async try<T>(what: string, use: (oracle: Oracle) => Promise<T>): Promise<T | undefined> {
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      try {
        this.#oracle ??= await this.#start();
        return await use(this.#oracle);
      } catch (error) {
        if (interrupt.signal.aborted) return undefined;
        say(`${what}: attempt ${attempt} failed: ${error instanceof Error ? error.message : String(error)}`);
        this.crashes = this.#oracle === undefined ? [] : crashesIn(this.#oracle.logs);
        for (const crash of this.crashes) say(`  istiod crashed: ${crash}`);
        await this[Symbol.asyncDispose]();
      }
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#oracle?.[Symbol.asyncDispose]();
    this.#oracle = undefined;
  }
}

interface Run {
  readonly tally: Tally;
  readonly found: Found[];
  /** Seeds whose questions got no answers. */
  readonly unanswered: number[];
  /** Seeds with which an istiod ends by itself, and how. */
  readonly crashed: ReadonlyMap<number, string>;
}

async function run(oracle: Restarted, { cases, seed, istio }: Options): Promise<Run> {
  const found: Found[] = [];
  const unanswered: number[] = [];
  const crashed = new Map<number, string>();
  let tally = emptyTally();
  for (let next = seed; tally.asked < cases && !interrupt.signal.aborted; next += 1) {
    const one = withIstio(generateCase(next), istioSource(istio).version);
    const judged = await oracle.try(`seed ${next}`, (running) => judge(running, one));
    if (judged === undefined) {
      if (interrupt.signal.aborted) break;
      const [crash] = oracle.crashes;
      if (crash !== undefined) {
        crashed.set(next, crash);
        continue;
      }
      unanswered.push(next);
      // What fails every time is no accident.
      if (unanswered.length > 3) break;
      continue;
    }
    tally = added(tally, judged.tally);
    for (const disagreement of judged.disagreements) show({ one, disagreement });
    found.push(...judged.disagreements.map((disagreement) => ({ one, disagreement })));
    say(`seed ${next}: ${tally.asked} queries, ${found.length} differences`);
  }
  return { tally, found, unanswered, crashed };
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

function summarize({ tally, found, unanswered, crashed }: Run): void {
  for (const [kind, members] of Object.entries(
    Object.groupBy(found, ({ disagreement }) => disagreement.difference.kind),
  )) {
    const seeds = [...new Set((members ?? []).map(({ one }) => one.seed))];
    say(`${kind}: ${members?.length ?? 0} differences, seeds ${seeds.slice(0, 10).join(' ')}`);
  }
  const { asked, withEndpoints, throughGateways, withPriorities, undetermined } = tally;
  say(
    `${withEndpoints} answers with endpoints, ${throughGateways} through gateways, ${withPriorities} with priorities, ${undetermined} that chance decides`,
  );
  for (const [seed, crash] of crashed) say(`istiod crashed: seed ${seed}: ${crash}`);
  if (unanswered.length > 0) say(`no answers for the seeds ${unanswered.join(' ')}`);
  say(`${asked} queries, ${found.length} differences`);
}

async function keepFirst(oracle: Restarted, name: string, [first]: readonly Found[]): Promise<void> {
  if (first === undefined) return;
  const start = { snapshot: first.one.snapshot, disagreement: first.disagreement };
  const shrunk = await oracle.try('shrinking', (running) => shrink(running, start, { maxLoads: 200, report: say }));
  if (shrunk === undefined) return;
  const { snapshot, disagreement } = shrunk;
  const { asking, query, actual } = disagreement;
  const answers = [{ istiod: asking.istiod, proxy: asking.proxy, query, actual: pinned(actual, query) }];
  say(`written to ${await writeFixture(name, { snapshot, answers })}`);
  show({ one: first.one, disagreement });
}

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const chosen = options();
const { keep, kind, lab, istio } = chosen;
const start = () => startOracle({ name: lab, clusters: 5, istio, signal: interrupt.signal, report: say });
await using oracle = new Restarted(start);
const result = await run(oracle, chosen);
const { found, unanswered, crashed } = result;
const ofKind = found.filter(({ disagreement }) => kind === undefined || disagreement.difference.kind === kind);
if (keep !== undefined) await keepFirst(oracle, keep, ofKind);
summarize(result);
process.exitCode = found.length + unanswered.length + crashed.size === 0 ? 0 : differencesExit;
