import { hostname, userInfo } from 'node:os';
import { IsthmusError } from '../../base/error.ts';
import { systemClock } from '../../base/system-clock.ts';
import { loadMesh, sourceFlags } from '../../engine/mesh-file.ts';
import { chosenClusters, openMeshFleet, splitFleet } from '../../engine/mesh-fleet.ts';
import type { RemovalPlan, RemovalReport } from '../../remove/report.ts';
import { carryOutRemoval, planRemoval, type RemovalRequest } from '../../remove/uninstall.ts';
import { removalPlanJson, removalReportJson } from '../../report/removal-json.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import { createRootStore } from '../../trust/root-store.ts';
import { confirm } from '../shell/confirm.ts';
import { type CliContext, exitCodes } from '../shell/context.ts';
import { type ExitCode, exitCodeOf } from '../shell/exit-code.ts';
import type { UninstallFlags } from '../shell/flags.ts';
import type { Terminal } from '../shell/terminal.ts';
import { removalLine, removalPlanText, removalText } from './text.ts';

export async function runUninstall(context: CliContext, flags: UninstallFlags, terminal: Terminal): Promise<ExitCode> {
  const declared = await loadMesh(flags, context, terminal);
  const chosen = chosenClusters(declared, flags.clusters);
  await using fleet = await openMeshFleet(declared, context);
  const { clients, failures } = splitFleet(fleet);
  const width = Math.max(...declared.clusters.map(({ metadata }) => metadata.name.length));
  const options: RemovalRequest = {
    mesh: resolveMesh(declared),
    scope: {
      chosen,
      reach: flags.anyIstio === true ? 'AnyIstio' : 'Mesh',
      definitions: flags.crds === true ? 'Remove' : 'Keep',
    },
    ports: {
      clients,
      unreachable: failures,
      clock: systemClock,
      signal: context.signal,
      holder: `${userInfo().username}@${hostname()}/${process.pid}`,
      onEvent: (event) => terminal.stderr(removalLine(event, { width, color: terminal.color })),
    },
    limits: { timeoutMs: flags.timeout },
  };
  const plan = await planRemoval(options);
  if (flags.dryRun === true) {
    terminal.stdout(flags.output === 'json' ? json(removalPlanJson(plan)) : removalPlanText(plan, terminal));
    return exitCodes.done;
  }
  terminal.stderr(removalPlanText(plan, terminal));
  requireSomeAnswer(plan);
  await confirm({
    word: plan.mesh,
    deed: `remove all this from ${chosen.join(', ')}`,
    yes: flags.yes === true,
    interactive: context.isTTY && process.stdin.isTTY === true,
    signal: context.signal,
  });
  const report = await carryOutRemoval(plan, options);
  const roots = createRootStore(context.process.env);
  const all = chosen.length === declared.clusters.length;
  const hasRoot = all && (await roots.read(plan.mesh)) !== undefined;
  terminal.stdout(
    flags.output === 'json'
      ? json(removalReportJson(report))
      : removalText(report, {
          color: terminal.color,
          resume: resumeCommand(flags),
          title: `mesh ${plan.mesh} is removed from ${chosen.join(', ')}`,
          ...(all
            ? {}
            : {
                note: `The mesh file still declares ${chosen.join(', ')}: an apply would bring it back; isthmus leave takes a cluster out of the mesh`,
              }),
          ...(hasRoot ? { rootFolder: roots.folder(plan.mesh) } : {}),
        }),
  );
  if (context.signal.aborted) throw new IsthmusError('cancelled', 'interrupted');
  return removalExitCode(report);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Where no cluster could be read there is nothing to confirm. */
function requireSomeAnswer({ clusters }: RemovalPlan): void {
  const [first] = clusters;
  if (first?.state === 'Failed' && clusters.every(({ state }) => state === 'Failed')) throw first.error;
}

function resumeCommand({ anyIstio, crds, clusters, ...source }: UninstallFlags): string {
  const flags = [
    clusters === undefined ? '' : ` --clusters ${clusters.join(',')}`,
    anyIstio === true ? ' --any-istio' : '',
    crds === true ? ' --crds' : '',
  ];
  return `isthmus uninstall ${sourceFlags(source)}${flags.join('')}`;
}

/** Stuck alone is a time-out: the clusters may still get there. A part that failed is its own code unless all did so. */
export function removalExitCode({ clusters, peerFailures }: RemovalReport): ExitCode {
  const errors = [
    ...clusters.flatMap((part) => (part.outcome === 'Failed' ? [part.error] : [])),
    ...peerFailures.map(({ error }) => error),
  ];
  const [first] = errors;
  if (first !== undefined) {
    const whole = clusters.length > 0 && clusters.every(({ outcome }) => outcome === 'Failed');
    const same = errors.every((error) => exitCodeOf(error) === exitCodeOf(first));
    return whole && same ? exitCodeOf(first) : exitCodes.partial;
  }
  return clusters.some(({ outcome }) => outcome === 'Stuck') ? exitCodes.timeout : exitCodes.done;
}
