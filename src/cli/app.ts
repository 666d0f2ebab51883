import { type Application, buildApplication, buildRouteMap } from '@stricli/core';
import { applyCommand } from './commands/apply.ts';
import { joinCommand } from './commands/join.ts';
import { leaveCommand } from './commands/leave.ts';
import { planCommand } from './commands/plan.ts';
import { probeCommands } from './commands/probe.ts';
import { renderCommand } from './commands/render.ts';
import { snapshotCommand } from './commands/snapshot.ts';
import { statusCommand } from './commands/status.ts';
import { traceCommand } from './commands/trace.ts';
import { trustCommands } from './commands/trust.ts';
import { uninstallCommand } from './commands/uninstall.ts';
import { verifyCommand } from './commands/verify.ts';
import { whatifCommand } from './commands/whatif.ts';
import type { CliContext } from './context.ts';

/** The command line: each command's body is loaded only when it runs, so that starting costs little. */
export function buildCli(version: string): Application<CliContext> {
  const routes = buildRouteMap({
    routes: {
      plan: planCommand,
      apply: applyCommand,
      verify: verifyCommand,
      status: statusCommand,
      trace: traceCommand,
      whatif: whatifCommand,
      snapshot: snapshotCommand,
      render: renderCommand,
      trust: trustCommands,
      join: joinCommand,
      leave: leaveCommand,
      uninstall: uninstallCommand,
      probe: probeCommands,
    },
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
