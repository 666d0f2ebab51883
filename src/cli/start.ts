import type { StricliProcess } from '@stricli/core';
import { packageVersion } from '../package-version.ts';
import { exitCodes } from './shell/exit-code.ts';
import { nodeProblem } from './shell/node-version.ts';
import { leaveOutExperimental } from './shell/node-warnings.ts';

/** Runs the command that these words name; sets the exit code of the process. */
export async function start(argv: readonly string[]): Promise<void> {
  const problem = nodeProblem(process.version);
  if (problem !== undefined) {
    process.stderr.write(problem);
    process.exitCode = exitCodes.usage;
    return;
  }
  leaveOutExperimental(process);
  const version = packageVersion();
  if (argv.length === 1 && argv[0] === '--version') {
    process.stdout.write(`${version}\n`);
    return;
  }
  const [{ run }, { buildCli, parsedWords }] = await Promise.all([import('@stricli/core'), import('./shell/app.ts')]);
  const { interruptible } = await import('./shell/interrupt.ts');
  const { conclude } = await import('./shell/context.ts');
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
    columns: () => process.stderr.columns,
    redraws: process.stdout.isTTY === true,
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
  const [{ withVariables }, { routeOf }, { asksForHelp, helpText }] = await Promise.all([
    import('./shell/variables.ts'),
    import('./shell/route.ts'),
    import('./shell/help.ts'),
  ]);
  const route = routeOf(cli.root, parsedWords(argv));
  if (asksForHelp(route)) {
    process.stdout.write(helpText(route));
    return;
  }
  let words: readonly string[] = [];
  await conclude(context, {}, async () => {
    words = withVariables(parsedWords(argv), cli.root, process.env);
    return exitCodes.done;
  });
  if (outcome.code === exitCodes.done) await run(cli, words, context);
  // The parser's complaints are all a wrong use of the command line.
  const complaint = (streams.exitCode ?? 0) === 0 ? exitCodes.done : exitCodes.usage;
  process.exitCode = outcome.code === exitCodes.done ? complaint : outcome.code;
}
