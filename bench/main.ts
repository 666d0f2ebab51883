import { asIsthmusError, IsthmusError } from '../src/base/error.ts';
import { benchApply } from './apply.ts';
import { parseBenchArguments } from './arguments.ts';
import { benchDiscovery } from './discovery/bench.ts';
import { benchPki } from './pki.ts';

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
    const words = process.argv.slice(2);
    if (words[0] === 'pki') await benchPki({ words: words.slice(1), print, signal });
    else if (words[0] === 'discovery') await benchDiscovery({ words: words.slice(1), print, signal });
    else await benchApply({ ...parseBenchArguments(words), print, signal });
    return 0;
  } catch (thrown) {
    const error = asIsthmusError(thrown);
    process.stderr.write(`bench: ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`\n${error.hint}\n`);
    return exitCode(interrupted.signal.aborted, error);
  }
}

process.exitCode = await main();
