import { type Application, buildApplication, buildRouteMap } from '@stricli/core';
import { applyCommand } from '../apply/command.ts';
import { completionCommand } from '../completion/command.ts';
import { dashboardCommand } from '../dashboard/command.ts';
import { doctorCommand } from '../doctor/command.ts';
import { drillCommands } from '../drill/command.ts';
import { explainCommand } from '../explain/command.ts';
import { initCommand } from '../init/command.ts';
import { joinCommand } from '../join/command.ts';
import { leaveCommand } from '../leave/command.ts';
import { operatorCommands } from '../operator/command.ts';
import { planCommand } from '../plan/command.ts';
import { probeCommands } from '../probe/command.ts';
import { rbacCommand } from '../rbac/command.ts';
import { renderCommand } from '../render/command.ts';
import { serviceCommands } from '../service/command.ts';
import { shiftCommands } from '../shift/command.ts';
import { snapshotCommands } from '../snapshot/command.ts';
import { statusCommand } from '../status/command.ts';
import { traceCommand } from '../trace/command.ts';
import { trustCommands } from '../trust/command.ts';
import { uninstallCommand } from '../uninstall/command.ts';
import { verifyCommand } from '../verify/command.ts';
import { versionCommand } from '../version/command.ts';
import { whatifCommand } from '../whatif/command.ts';
import type { CliContext } from './context.ts';
import { usageText } from './usage-text.ts';

/** The words of a command line as the parser takes them: `help plan` asks what `plan --help` does. */
export function parsedWords(argv: readonly string[]): readonly string[] {
  const [first, ...others] = argv;
  return first === 'help' ? [...others, '--help'] : argv;
}

/** The command line: each command's body is loaded only when it runs, so that starting costs little. */
export function buildCli(version: string): Application<CliContext> {
  const routes = buildRouteMap({
    routes: {
      init: initCommand,
      plan: planCommand,
      apply: applyCommand,
      verify: verifyCommand,
      status: statusCommand,
      doctor: doctorCommand,
      dashboard: dashboardCommand,
      service: serviceCommands,
      shift: shiftCommands,
      drill: drillCommands,
      trace: traceCommand,
      whatif: whatifCommand,
      snapshot: snapshotCommands,
      render: renderCommand,
      rbac: rbacCommand,
      trust: trustCommands,
      join: joinCommand,
      leave: leaveCommand,
      uninstall: uninstallCommand,
      operator: operatorCommands,
      explain: explainCommand,
      completion: completionCommand,
      version: versionCommand,
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
    scanner: {
      caseStyle: 'allow-kebab-for-camel',
      allowArgumentEscapeSequence: true,
      // A word that differs in more than two letters was not meant.
      distanceOptions: { threshold: 2, weights: { insertion: 1, deletion: 1, substitution: 1, transposition: 1 } },
    },
    localization: { text: usageText },
    documentation: { useAliasInUsageLine: true },
  });
}
