import { runProgram } from '../../base/child.ts';
import { IsthmusError } from '../../base/error.ts';
import type { MeshSession } from '../../engine/mesh-session.ts';
import { nodePorts } from '../../node-ports.ts';
import { planText } from '../plan/text.ts';
import { confirm } from '../shell/confirm.ts';
import type { ExitCode } from '../shell/exit-code.ts';
import type { DoctorFlags } from '../shell/flags.ts';
import { visibleIn } from '../shell/foreign-text.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { applyOptions } from '../shell/run-options.ts';
import { carryOut, type FixPlan, fixPlanOf, fixPlanText, isApply } from './fix.ts';
import { type DoctorLook, isOfContexts, look, sourceOf } from './look.ts';
import { settled } from './settle.ts';

/** Shows the report and what can be done, does it where that is wanted, and looks again. */
export async function runFix(flags: DoctorFlags, run: CommandRun): Promise<ExitCode> {
  refuseMixed(flags);
  const { context, terminal } = run;
  const session = await openNamed(flags, run);
  const before = await look(session, flags, terminal);
  const source = sourceOf(session, flags);
  const plan = fixPlanOf(visibleIn(before.report));
  if (before.report.findings.length > 0) terminal.stderr(`${before.text}\n${fixPlanText(plan, source)}`);
  if (plan.steps.length > 0) {
    const options = applyOptions(flags);
    if (plan.steps.some(({ action }) => isApply(action))) {
      const shown = planText(visibleIn(await session.plan(options)), { apply: source, source, color: terminal.color });
      terminal.stderr(`what the apply changes:\n${shown}`);
    }
    await confirm({
      word: before.report.mesh,
      deed: 'do all this',
      yes: flags.yes === true,
      interactive: context.isTTY && process.stdin.isTTY === true,
      signal: context.signal,
    });
    const runHere = async (program: string, args: readonly string[]): Promise<void> =>
      await execute(program, args, { timeoutMs: flags.timeout, signal: context.signal });
    await carryOut(plan, source, { session, applyOptions: options, execute: runHere, tell: terminal.stderr });
  }
  const { text, code } = plan.steps.length === 0 ? before : await lookAfter(session, plan, flags, run);
  terminal.stdout(text);
  return code;
}

/** The look that counts: requests are sent in it alone, since each look with them would make new pods. */
async function lookAfter(
  session: MeshSession,
  plan: FixPlan,
  flags: DoctorFlags,
  { context, terminal }: CommandRun,
): Promise<DoctorLook> {
  const { active, timeout: limitMs } = flags;
  const seen = await settled({
    look: async () => await look(session, { ...flags, active: false }, terminal),
    plan,
    clock: nodePorts(context.process.env).clock,
    signal: context.signal,
    limitMs,
    tell: terminal.stderr,
  });
  return active === true ? await look(session, flags, terminal) : seen;
}

function refuseMixed({ watch, bundle, ...names }: DoctorFlags): void {
  if (names.snapshot !== undefined) {
    throw new IsthmusError('usage', 'nothing of a snapshot can be corrected', {
      remedy: 'leave `--fix` or `--snapshot` out',
    });
  }
  if (watch === true || bundle !== undefined) {
    throw new IsthmusError('usage', '--fix looks before and after', { remedy: 'leave `--watch` and `--bundle` out' });
  }
  if (isOfContexts(names)) {
    throw new IsthmusError('usage', 'what is right is not declared: contexts say what is there', {
      remedy: 'give the mesh file with `-f FILE`',
    });
  }
}

interface Limits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

async function execute(program: string, args: readonly string[], { timeoutMs, signal }: Limits): Promise<void> {
  const result = await runProgram({ file: program, args, input: '', timeoutMs, signal });
  if (result.outcome === 'Done') return;
  throw new IsthmusError('usage', `${program} failed: ${result.reason}`, {
    remedy: 'correct that, then look again: what was done before it stays done',
  });
}
