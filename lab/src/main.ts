#!/usr/bin/env node
import { asIsthmusError } from '../../src/base/error.ts';
import { helpText, type Invocation, parseInvocation } from './commands/arguments.ts';
import type { CommandContext } from './commands/context.ts';
import { runCut, runDelay, runHeal } from './commands/links.ts';
import { runStart, runStop } from './commands/parts.ts';
import { runPassThrough } from './commands/pass-through.ts';
import { runStatus } from './commands/status.ts';
import { runImage, runTools } from './commands/tools.ts';
import { runDown, runEnv, runUp } from './commands/up.ts';

async function dispatch(invocation: Invocation, context: CommandContext): Promise<number> {
  switch (invocation.command) {
    case 'help':
      context.print(helpText);
      return 0;
    case 'tools':
      return await runTools(invocation, context);
    case 'image':
      return await runImage(context);
    case 'up':
      return await runUp(invocation, context);
    case 'down':
      return await runDown(context);
    case 'env':
      return runEnv(context);
    case 'status':
      return runStatus(invocation, context);
    case 'kubectl':
    case 'istioctl':
      return await runPassThrough(invocation, context);
    case 'cut':
      return await runCut(invocation, context);
    case 'heal':
      return await runHeal(invocation, context);
    case 'delay':
      return await runDelay(invocation, context);
    case 'stop':
      return await runStop(invocation, context);
    case 'start':
      return await runStart(invocation, context);
  }
}

/** 2 where the words of the command line are wrong, 130 after an interruption, else 1. */
function exitCode(code: string): number {
  if (code === 'usage') return 2;
  return code === 'cancelled' ? 130 : 1;
}

async function main(): Promise<number> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());
  try {
    const invocation = parseInvocation(process.argv.slice(2), process.env);
    const print = (line: string): void => {
      process.stdout.write(`${line}\n`);
    };
    return await dispatch(invocation, { lab: invocation.lab, print, signal: interrupted.signal });
  } catch (thrown) {
    const error = asIsthmusError(thrown);
    process.stderr.write(`lab: ${error.message}\n`);
    if (error.remedy !== undefined) process.stderr.write(`     ${error.remedy}\n`);
    return exitCode(error.code);
  }
}

process.exitCode = await main();
