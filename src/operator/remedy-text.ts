import { type Action, partsOf, type Remedy } from '../base/remedy.ts';
import { code, flagsOf, type RepeatAction, type RunAction, remedyWords } from '../wording/remedy-words.ts';

/**
 * A remedy in the words of a condition. Whoever reads it has kubectl and the documents; the operator itself does again by
 * itself what it did, and takes from its manifests what a command line has flags for.
 */
export function remedyText(one: Remedy): string {
  if (isToWaitLonger(partsOf(one))) return 'wait, because the operator goes on by itself';
  return remedyWords(one, { sourceOf, repeatText });
}

/** A command has a time limit that can be lengthened; the operator has none, and looks again. */
function isToWaitLonger(parts: readonly (string | Action)[]): boolean {
  const has = (is: (action: Action) => boolean): boolean => parts.some((part) => typeof part !== 'string' && is(part));
  return has(({ do: what }) => what === 'Repeat') && has((one) => one.do === 'Option' && one.name === 'timeout');
}

/** The documents of the home cluster are the mesh. */
const home = '--home CONTEXT';

function sourceOf({ operation, options }: RunAction): readonly string[] {
  const namesIt = options?.file !== undefined || options?.home !== undefined || options?.snapshot !== undefined;
  return namesIt || operation === 'probe' ? [] : [home];
}

function repeatText({ options }: RepeatAction): string {
  if (options === undefined) return 'wait, because the operator tries again by itself';
  return `run ${code(['isthmus apply', home, flagsOf(options)])}`;
}
