import type { MeshSession } from '../../engine/mesh-session.ts';
import type { OperatorApply } from '../../report/operator-apply.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { ApplyFlags } from '../shell/flags.ts';
import { visible } from '../shell/foreign-text.ts';
import type { CommandRun } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { refText } from '../shell/ref-text.ts';
import { applyOptions } from '../shell/run-options.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
import { paint } from '../shell/terminal.ts';
import { askAboutLosses } from './ask.ts';
import { codeWithVerification, verifyOptions, withVerification } from './verification.ts';

/** Hands the documents to the operator that holds the mesh, and follows it; undefined where none does. */
export async function applyByOperator(
  session: MeshSession,
  flags: ApplyFlags,
  run: CommandRun,
): Promise<ExitCode | undefined> {
  const { terminal } = run;
  const { clusters, timeoutMs, maxDelete } = applyOptions(flags);
  const approveLosses = askAboutLosses(flags, run);
  const onWait = (what: string): void => {
    if (flags.quiet !== true) terminal.stderr(`${visible(`waiting ${what}`)}\n`);
  };
  const verify = verifyOptions(flags);
  const report = await session.applyByOperator({ clusters, timeoutMs, maxDelete, approveLosses, verify, onWait });
  if (report === undefined) return undefined;
  const source = sourceFlags(namesOf(session.origin));
  const next = `isthmus verify ${source}`;
  const { color } = terminal;
  const words = (shown: OperatorApply): string =>
    withVerification(operatorApplyText(shown, { color, next }), shown, { source, color });
  printReport(report, flags.output, words, terminal);
  return codeWithVerification(followedExitCode(report), report);
}

/** Available in part is partly done; what somebody has to change first is a refusal, and what may still come a time limit. */
export function followedExitCode({ clusters }: Pick<OperatorApply, 'clusters'>): ExitCode {
  const count = (wanted: string): number => clusters.filter(({ outcome }) => outcome === wanted).length;
  if (count('Available') === clusters.length) return exitCodes.done;
  if (count('Failed') === 0) return exitCodes.timeout;
  return count('Available') > 0 ? exitCodes.partial : exitCodes.refused;
}

export interface OperatorApplyTextOptions {
  readonly color: boolean;
  /** What is of use when all is done. */
  readonly next: string;
}

const words = { Create: 'stored', Update: 'changed', Delete: 'deleted', Keep: 'as it was' } as const;
const colors = { Available: 'green', Waiting: 'yellow', Failed: 'red' } as const;

/** The documents that changed, each cluster in a line, and what comes next. */
export function operatorApplyText(
  { mesh, operator, documents, clusters, seconds, ok, verification }: OperatorApply,
  { color, next }: OperatorApplyTextOptions,
): string {
  const changed = documents.filter(({ action }) => action !== 'Keep');
  const done = clusters.filter(({ outcome }) => outcome === 'Available').length;
  const lines = [
    `An operator keeps mesh ${mesh} (${operator}): the documents are stored, and it brings the clusters to them.`,
    ...changed.map(({ object, action }) => `${words[action]} ${refText(object)}`),
    ...clusters.map(({ cluster, outcome, phase, message }) => {
      const state = paint(outcome === 'Available' ? outcome : (phase ?? outcome), colors[outcome], color);
      return `${cluster}: ${state}${message === '' ? '' : `: ${message}`}`;
    }),
    `mesh ${mesh}: ${done} of ${clusters.length} clusters are available after ${seconds.toFixed(1)} s`,
    ...(ok && verification === undefined ? [`next: ${next}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
