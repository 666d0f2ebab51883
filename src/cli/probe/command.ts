import { buildCommand, buildRouteMap } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { commonFlags } from '../shell/flags.ts';

/** What the throw-away pods of `verify` run. Hidden: it does nothing useful elsewhere. */
const serverCommand = buildCommand<{ readonly noColor?: boolean }, [], CliContext>({
  docs: { brief: 'Answer requests with who called' },
  parameters: { flags: commonFlags },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runServer } = await import('./run.ts');
      return await runServer(this, terminal);
    });
  },
});

const clientCommand = buildCommand<{ readonly noColor?: boolean }, [], CliContext>({
  docs: { brief: 'Send the requests of a plan and say what came of them' },
  parameters: { flags: commonFlags },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runClient } = await import('./run.ts');
      return await runClient(this, terminal);
    });
  },
});

const reachCommand = buildCommand<{ readonly noColor?: boolean }, [], CliContext>({
  docs: { brief: 'Open API servers and say what came of it' },
  parameters: { flags: commonFlags },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runReachProbe } = await import('./run.ts');
      return await runReachProbe(this, terminal);
    });
  },
});

export const probeCommands = buildRouteMap({
  routes: { server: serverCommand, client: clientCommand, reach: reachCommand },
  docs: { brief: 'What the throw-away pods run' },
});
