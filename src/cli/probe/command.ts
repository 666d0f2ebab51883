import { buildCommand, buildRouteMap } from '@stricli/core';
import type { ProbeRole } from '../../engine/probe.ts';
import { type CliContext, conclude } from '../shell/context.ts';
import { commonFlags } from '../shell/flags.ts';

/** What the pods of `verify`, `join`, `shift`, `drill` and an operator run. Hidden: it is of no use elsewhere. */
function roleCommand(role: ProbeRole, brief: string) {
  return buildCommand<{ readonly noColor?: boolean }, [], CliContext>({
    docs: { brief },
    parameters: { flags: commonFlags },
    async func(this: CliContext, flags) {
      await conclude(this, flags, async (terminal) => {
        const { runProbeRole } = await import('./run.ts');
        return await runProbeRole(role, { context: this, terminal });
      });
    },
  });
}

export const probeCommands = buildRouteMap({
  routes: {
    server: roleCommand('Server', 'Answer requests with who called'),
    client: roleCommand('Client', 'Send the requests of a plan and report the results'),
    reach: roleCommand('Reach', 'Open API servers and report the results'),
    keep: roleCommand('Keep', 'Answer, and send a light request to each target again and again'),
    load: roleCommand('Load', 'Send requests at a fixed rate and report the answers'),
    undo: roleCommand('Undo', 'Put back what a shift changed or a drill broke, when its time is over'),
  },
  docs: { brief: 'Run what the throw-away pods run' },
});
