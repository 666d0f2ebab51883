import type { Trace } from '../../../src/report/trace.ts';
import type { WhatIf } from '../../../src/report/whatif.ts';
import { jsonOf } from '../cli.ts';
import type { ProgramResult } from '../program.ts';
import type { Fault, Subject } from './fault.ts';

/** The commands that judge a mesh, in the order of the table. */
export const commands = ['status', 'trust', 'plan', 'verify', 'trace', 'whatif'] as const;

export type Command = (typeof commands)[number];

export type Verdict = 'green' | 'unknown' | 'red';

const unknownCode = 10;

/** A command's verdict, as its exit code has it; of whatif, which ends with 0 where flows are lost, as its counts have it. */
export function verdictOf(command: Command, result: ProgramResult): Verdict {
  if (command === 'whatif' && (result.code === 0 || result.code === unknownCode)) return whatifVerdict(jsonOf(result));
  if (result.code === unknownCode) return 'unknown';
  if (result.code !== 0) return 'red';
  if (command === 'trace' && jsonOf<Trace>(result).verdict !== 'Delivered') return 'red';
  return 'green';
}

/** Without an assertion it says nothing by its exit code of what is red. */
function whatifVerdict({ counts, unreachableBefore, unknown }: WhatIf): Verdict {
  if (counts.Unreachable + counts.Degraded + unreachableBefore > 0) return 'red';
  return unknown.length > 0 ? 'unknown' : 'green';
}

/** Whether a fault is a command's subject. Where it is not, green says nothing of it. */
export const covers: Readonly<Record<Command, (subject: Subject) => boolean>> = {
  // Users' own Services and policies are not the mesh's: that nothing passes may be what they want.
  status: ({ group, place }) => group !== 'policy' && place !== "a user's namespace",
  trust: ({ group }) => group === 'trust',
  plan: ({ place }) => place === 'declared' || place === "declared of a user's namespace",
  // Requests to probes of its own, in a namespace of its own.
  verify: ({ place }) => place !== "a user's namespace" && place !== "declared of a user's namespace",
  // Predictions go by configuration: whether packets pass only a request shows.
  trace: ({ place }) => place !== 'between the clusters',
  whatif: ({ place }) => place !== 'between the clusters',
};

export type Verdicts = Readonly<Record<Command, Verdict>>;

function isSubject(command: Command, fault: Fault): boolean {
  return [fault, fault.beside].some((subject) => subject !== undefined && covers[command](subject));
}

/** The commands that say green of what a request shows to be red. */
export function falselyGreen(fault: Fault, verdicts: Partial<Verdicts>): readonly Command[] {
  return commands.filter((command) => verdicts[command] === 'green' && isSubject(command, fault));
}

/** What the table shows: green of what is not the command's subject is a dash. */
export function cell(fault: Fault, command: Command, verdict: Verdict): string {
  if (verdict !== 'green') return verdict;
  return isSubject(command, fault) ? '**green**' : '–';
}
