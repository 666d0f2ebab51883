import type { Operation, Remedy } from '../../base/remedy.ts';
import { code, flagName, flagsOf, type RepeatAction, type RunAction, remedyWords } from '../../wording/remedy-words.ts';

/** What a remedy's words need to know of the command that shows it. */
export interface RemedyContext {
  /** The flags that name the same mesh again; empty where none was named. */
  readonly source: string;
}

/** A remedy in the words of the command line. */
export function remedyText(one: Remedy, { source }: RemedyContext): string {
  return remedyWords(one, { sourceOf: (action) => sourceOf(action, source), repeatText });
}

function repeatText({ options, without = [] }: RepeatAction): string {
  const added = flagsOf(options);
  const left = without.map((name) => code([flagName(name)])).join(' and ');
  const detail = added === '' ? '' : ` with ${code([added])}`;
  return `run the same command again${detail}${left === '' ? '' : ` without ${left}`}`;
}

/** The mesh that the command shows was about, unless the action names another. */
function sourceOf({ operation, options }: RunAction, source: string): readonly string[] {
  const namesIt = options?.file !== undefined || options?.home !== undefined || options?.snapshot !== undefined;
  if (namesIt || operation === 'probe') return [];
  return source.startsWith('--snapshot ') && !ofSnapshots.has(operation) ? ['-f FILE'] : [source];
}

/** What can be asked of a snapshot; everything else is about clusters, for which the reader has a mesh file. */
const ofSnapshots: ReadonlySet<Operation> = new Set(['doctor', 'status', 'trace', 'whatif']);
