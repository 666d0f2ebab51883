import { asIsthmusError, IsthmusError } from '../src/base/error.ts';
import { benchApply } from './apply.ts';
import { parseBenchArguments } from './arguments.ts';
import { benchCredentials } from './credentials/bench.ts';
import { benchDashboard } from './dashboard/bench.ts';
import { benchDiscovery } from './discovery/bench.ts';
import { benchDoctor } from './doctor/bench.ts';
import { benchObjects } from './objects/bench.ts';
import { benchOperator } from './operator/bench.ts';
import { benchPki } from './pki.ts';
import { benchPlan } from './plan/bench.ts';
import { benchTraffic } from './traffic/bench.ts';

interface NamedOptions {
  /** What follows the name. */
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** Every benchmark but `apply`, which has the list of them. */
const benches: ReadonlyMap<string, (options: NamedOptions) => Promise<void>> = new Map([
  ['credentials', benchCredentials],
  ['dashboard', benchDashboard],
  ['discovery', benchDiscovery],
  ['doctor', benchDoctor],
  ['objects', benchObjects],
  ['operator', benchOperator],
  ['pki', benchPki],
  ['plan', benchPlan],
  ['traffic', benchTraffic],
]);

/** 2 where the words of the command line are wrong, 130 after an interruption, else 1. */
function exitCode(interrupted: boolean, { code }: IsthmusError): number {
  if (interrupted) return 130;
  return code === 'usage' ? 2 : 1;
}

async function main(): Promise<number> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!interrupted.signal.aborted) process.stderr.write('\ninterrupted: removing the clusters\n');
      interrupted.abort(new IsthmusError('cancelled', 'interrupted; the clusters are removed'));
    });
  }
  try {
    const { signal } = interrupted;
    const print = (text: string): void => {
      process.stdout.write(`${text}\n`);
    };
    const [name = '', ...words] = process.argv.slice(2);
    const bench = benches.get(name);
    if (bench === undefined) await benchApply({ ...parseBenchArguments(process.argv.slice(2)), print, signal });
    else await bench({ words, print, signal });
    return 0;
  } catch (thrown) {
    const error = asIsthmusError(thrown);
    process.stderr.write(`bench: ${error.message}\n`);
    if (error.remedy !== undefined) process.stderr.write(`\n${error.remedy}\n`);
    return exitCode(interrupted.signal.aborted, error);
  }
}

process.exitCode = await main();
