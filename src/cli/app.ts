import { type Application, buildApplication, buildRouteMap } from '@stricli/core';
import { applyCommand } from './commands/apply.ts';
import { probeCommands } from './commands/probe.ts';
import { statusCommand } from './commands/status.ts';
import { verifyCommand } from './commands/verify.ts';
import type { CliContext } from './context.ts';

/** The command line: each command's body is loaded only when it runs, so that starting costs little. */
export function buildCli(version: string): Application<CliContext> {
  const routes = buildRouteMap({
    routes: { apply: applyCommand, verify: verifyCommand, status: statusCommand, probe: probeCommands },
    docs: {
      brief: 'Make several Kubernetes clusters one Istio service mesh, and keep them so',
      hideRoute: { probe: true },
    },
  });
  return buildApplication(routes, {
    name: 'isthmus',
    versionInfo: { currentVersion: version },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { useAliasInUsageLine: true },
  });
}
