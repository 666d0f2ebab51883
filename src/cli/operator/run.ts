import { IsthmusError } from '../../base/error.ts';
import type { Verdict } from '../../base/finding.ts';
import { grantOperator } from '../../engine/operator/grant.ts';
import { installOperator, operatorManifests } from '../../engine/operator/install.ts';
import type { OperatorRunOptions } from '../../engine/operator/options.ts';
import { removeOperator } from '../../engine/operator/remove.ts';
import { operatorStatus } from '../../engine/operator/status.ts';
import type { OperatorStatus } from '../../report/operator.ts';
import { writeFolder } from '../render/rendered-folder.ts';
import { objectText } from '../render/text.ts';
import { type ExitCode, exitCodeOfVerdict, exitCodes } from '../shell/exit-code.ts';
import { visible } from '../shell/foreign-text.ts';
import { type CommandRun, commandPorts } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import type { ChangingFlags, GrantFlags, InstallFlags, OperatorFlags, OperatorUninstallFlags } from './flags.ts';
import { manifestFiles } from './manifests.ts';
import { changeText, statusText } from './text.ts';

/** Installs the operator, or writes what an installation would apply. */
export async function runInstall(flags: InstallFlags, run: CommandRun): Promise<ExitCode> {
  const ports = commandPorts(flags, run);
  const { context, file, image, render, allowInsecureTls, homeServer, probeImage } = flags;
  const replicas = flags.replicas === '2' ? 2 : 1;
  if (render !== undefined) {
    if (context !== undefined || file !== undefined) {
      throw new IsthmusError('usage', '--render writes manifests and reaches no cluster', {
        remedy: 'leave `--context` and `-f` out: root and issuer of a mesh are made by an installation alone',
      });
    }
    const files = manifestFiles(operatorManifests({ image, replicas, homeServer, probeImage }, ports), objectText);
    const { written, unchanged, removed } = await writeFolder(render, files);
    const counts = `${written.length} written, ${unchanged.length} unchanged, ${removed.length} removed`;
    run.terminal.stderr(`${visible(render)}: ${counts}\n`);
    return exitCodes.done;
  }
  const given = homeServer === undefined ? {} : { homeServer };
  const options = {
    context,
    file,
    image,
    probeImage,
    replicas,
    allowInsecureTls,
    ...given,
    ...runOptions(flags, run),
  } as const;
  const report = await installOperator(options, ports);
  printReport(report, flags.output, changeText, run.terminal);
  return exitCodes.done;
}

/** Gives the operator its way into a cluster. */
export async function runGrant(flags: GrantFlags, run: CommandRun): Promise<ExitCode> {
  const { context, home, name, server, uninstall, print, allowInsecureTls } = flags;
  const emptying = uninstall === true ? 'MayEmpty' : 'MayNot';
  if ((home === undefined) !== (print === true)) {
    throw new IsthmusError('usage', 'the Secret is either written into the home cluster or printed', {
      remedy: 'give one of `--home CONTEXT` and `--print`',
    });
  }
  const options = { context, home, name, server, emptying, allowInsecureTls, ...runOptions(flags, run) } as const;
  const report = await grantOperator(options, commandPorts(flags, run));
  const { secret, ...rest } = report;
  if (secret === undefined || flags.output !== 'text') printReport(report, flags.output, changeText, run.terminal);
  else {
    run.terminal.stderr(changeText(rest));
    run.terminal.stdout(objectText(secret));
  }
  return exitCodes.done;
}

/** Shows what the operator says. */
export async function runOperatorStatus(flags: OperatorFlags, run: CommandRun): Promise<ExitCode> {
  const report = await operatorStatus({ context: flags.context }, commandPorts(flags, run));
  const { color } = run.terminal;
  printReport(report, flags.output, (shown) => statusText(shown, color), run.terminal);
  return exitCodeOfVerdict(verdictOf(report), {});
}

function verdictOf({ leader, clusters }: OperatorStatus): Verdict {
  if (leader === null || leader.isExpired) return 'No';
  const available = clusters.map(({ conditions }) => conditions.find(({ type }) => type === 'Available')?.status);
  if (available.includes('False')) return 'No';
  return available.every((status) => status === 'True') ? 'Yes' : 'Unknown';
}

/** Takes the operator out. */
export async function runOperatorUninstall(flags: OperatorUninstallFlags, run: CommandRun): Promise<ExitCode> {
  const documents = flags.documents === true ? 'Remove' : 'Keep';
  const options = { context: flags.context, documents, ...runOptions(flags, run) } as const;
  const report = await removeOperator(options, commandPorts(flags, run));
  printReport(report, flags.output, changeText, run.terminal);
  return exitCodes.done;
}

function runOptions(
  { timeout, dryRun, quiet }: Pick<ChangingFlags, 'timeout' | 'dryRun' | 'quiet'>,
  { terminal }: CommandRun,
): OperatorRunOptions {
  return {
    timeoutMs: timeout,
    until: dryRun === true ? 'Plan' : 'Done',
    onWait: (what) => {
      if (quiet !== true) terminal.stderr(`waiting: ${visible(what)}\n`);
    },
  };
}
