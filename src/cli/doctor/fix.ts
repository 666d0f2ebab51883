import type { MeshSession } from '../../engine/mesh-session.ts';
import type { Cause, DoctorReport } from '../../report/doctor.ts';
import type { Action } from '../../report/remedy.ts';
import { remedyText } from '../shell/remedy-text.ts';

/** A command that corrects something, once for all that it corrects. */
export interface FixStep {
  readonly action: Action;
  /** `east: gateway-not-ready` */
  readonly of: readonly string[];
  /** What takes it back; none for an apply, of which the plan shows what is there now. */
  readonly undo?: NonNullable<Cause['undo']>;
}

/** What is to be done about a report, and what is left to its reader. */
export interface FixPlan {
  readonly steps: readonly FixStep[];
  readonly left: readonly Cause[];
}

/** The commands that the causes come with, each once, and an apply last: it declares what the others leave. */
export function fixPlanOf({ findings }: DoctorReport): FixPlan {
  const steps = new Map<string, FixStep>();
  for (const cause of findings) {
    for (const action of cause.fix ?? []) {
      const key = JSON.stringify(action);
      const { of = [] } = steps.get(key) ?? {};
      steps.set(key, { action, of: [...of, nameOf(cause)], ...(cause.undo === undefined ? {} : { undo: cause.undo }) });
    }
  }
  const all = [...steps.values()];
  return {
    steps: [...all.filter(({ action }) => !isApply(action)), ...all.filter(({ action }) => isApply(action))],
    left: findings.filter(({ fix = [], severity }) => fix.length === 0 && severity !== 'info'),
  };
}

export function isApply(action: Action): boolean {
  return action.do === 'Run' && action.operation === 'apply';
}

/** `east: gateway-not-ready` */
export function nameOf({ cluster, code }: Cause): string {
  return cluster === undefined ? code : `${cluster}: ${code}`;
}

/** The plan in words, with the flags that name the mesh again. */
export function fixPlanText({ steps, left }: FixPlan, source: string): string {
  const lines = steps.flatMap(({ action, of, undo }, index) => [
    `  ${index + 1}. ${remedyText([action], { source })} (${of.join(', ')})`,
    ...(undo === undefined ? [] : [`     what takes it back: ${remedyText(undo, { source })}`]),
  ]);
  const rest = left.map((cause) => `  ${nameOf(cause)}: ${remedyText(cause.remedy, { source })}`);
  return `${[
    ...(lines.length === 0 ? ['nothing of it can be corrected by a command'] : ['to be done:', ...lines]),
    ...(rest.length === 0 ? [] : ['left to you:', ...rest]),
  ].join('\n')}\n`;
}

/** What carries steps out. */
export interface FixTools {
  readonly session: Pick<MeshSession, 'apply' | 'applyByOperator'>;
  readonly applyOptions: Parameters<MeshSession['apply']>[0];
  /** Runs a program to its end; throws where it fails. */
  readonly execute: (program: string, args: readonly string[]) => Promise<void>;
  readonly tell: (line: string) => void;
}

/** Carries the steps out in their order; the first that fails ends it. */
export async function carryOut({ steps }: FixPlan, source: string, tools: FixTools): Promise<void> {
  for (const { action } of steps) {
    tools.tell(`${remedyText([action], { source })}\n`);
    if (action.do === 'Execute') await tools.execute(action.program, action.args);
    else if (action.do === 'Restart') await tools.execute('kubectl', restartWords(action));
    else if (isApply(action)) await applied(tools);
  }
}

function restartWords(action: Extract<Action, { do: 'Restart' }>): readonly string[] {
  const { cluster, context = cluster, namespace, workload = 'deployment' } = action;
  return ['--context', context, '-n', namespace, 'rollout', 'restart', workload];
}

/** An operator that holds the mesh does what is declared itself. */
async function applied({ session, applyOptions }: FixTools): Promise<void> {
  const followed = await session.applyByOperator(applyOptions);
  if (followed === undefined) await session.apply(applyOptions);
}
