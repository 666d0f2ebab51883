#!/usr/bin/env node
import type { StricliProcess } from '@stricli/core';
import { packageVersion } from '../package-version.ts';
import { exitCodes } from './shell/exit-code.ts';
import { nodeProblem } from './shell/node-version.ts';
import { leaveOutExperimental } from './shell/node-warnings.ts';

async function main(argv: readonly string[]): Promise<void> {
  const problem = nodeProblem(process.version);
  if (problem !== undefined) {
    process.stderr.write(problem);
    process.exitCode = exitCodes.usage;
    return;
  }
  leaveOutExperimental(process);
  const version = packageVersion();
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === 'version')) {
    process.stdout.write(`${version}\n`);
    return;
  }
  const [{ run }, { buildCli, parsedWords }] = await Promise.all([import('@stricli/core'), import('./shell/app.ts')]);
  const { interruptible } = await import('./shell/interrupt.ts');
  const outcome = { code: exitCodes.done as (typeof exitCodes)[keyof typeof exitCodes] };
  // Without an exit code of its own: the parser sets one only where there is none yet.
  const streams: StricliProcess & { readonly env: NodeJS.ProcessEnv } = {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
  };
  const cli = buildCli(version);
  const context = {
    process: streams,
    isTTY: process.stderr.isTTY === true,
    signal: interruptible(process),
    outcome,
    version,
  };
  // What the programs of `isthmus completion` ask: `complete -- WORD…`.
  if (argv[0] === 'complete' && argv[1] === '--') {
    const { propose } = await import('./completion/propose.ts');
    const proposals = await propose(cli, argv.slice(2), context);
    process.stdout.write(proposals.map(({ word, brief }) => `${word}\t${brief}\n`).join(''));
    return;
  }
  await run(cli, parsedWords(argv), context);
  // The parser's complaints are all a wrong use of the command line.
  const complaint = (streams.exitCode ?? 0) === 0 ? exitCodes.done : exitCodes.usage;
  process.exitCode = outcome.code === exitCodes.done ? complaint : outcome.code;
}

await main(process.argv.slice(2));
