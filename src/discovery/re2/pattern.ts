import { remember } from '../../base/memo.ts';
import { parse } from './parse.ts';
import { type CharSet, type Node, type Position, Refused } from './syntax.ts';

/** A regular expression of the mesh's configuration. */
export interface Pattern {
  /** True where the whole text matches; the work is at most the product of the text's length and the states. */
  readonly matches: (text: string) => boolean;
}

/** States of a pattern with its counted repetitions written out, and its characters; beyond them it counts as not understood. */
export const maxStates = 10_000;

/** One state: take a character and go on with the next, hold a condition and do the same, or go on at several others. */
type State =
  | { readonly type: 'Character'; readonly set: CharSet }
  | { readonly type: 'Position'; readonly at: Position }
  | { readonly type: 'Fork'; readonly to: number[] }
  | { readonly type: 'End' };

/** The pattern, or undefined where RE2 refuses it or where it is too large. */
export function parsePattern(source: string): Pattern | undefined {
  if (source.length > maxStates) return undefined;
  try {
    const states: State[] = [];
    write(parse(source), states);
    add(states, { type: 'End' });
    return { matches: (text) => simulate(states, text) };
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

function add<S extends State>(states: State[], state: S): S {
  if (states.length >= maxStates) throw new Refused('the pattern is too large');
  states.push(state);
  return state;
}

function fork(states: State[], ...to: number[]): { to: number[] } {
  return add(states, { type: 'Fork' as const, to });
}

/** Writes the states of a node (Thompson's construction): it begins at the first of them and ends behind the last. */
function write(node: Node, states: State[]): void {
  switch (node.type) {
    case 'Character':
      add(states, { type: 'Character', set: node.set });
      return;
    case 'Position':
      add(states, { type: 'Position', at: node.at });
      return;
    case 'Sequence':
      for (const item of node.items) write(item, states);
      return;
    case 'Choice':
      writeChoice(node.items, states);
      return;
    case 'Repeat':
      writeRepeat(node, states);
  }
}

function writeChoice(items: readonly Node[], states: State[]): void {
  const start = fork(states);
  const ends: { to: number[] }[] = [];
  for (const item of items) {
    start.to.push(states.length);
    write(item, states);
    ends.push(fork(states));
  }
  for (const end of ends) end.to.push(states.length);
}

function writeRepeat({ item, min, max }: Extract<Node, { type: 'Repeat' }>, states: State[]): void {
  let last = states.length;
  for (let copy = 0; copy < min; copy += 1) {
    last = states.length;
    write(item, states);
  }
  if (max === Infinity) {
    // The last copy is the loop itself; where none has to be there it can be passed by.
    const entry = min === 0 ? fork(states, states.length + 1) : undefined;
    if (entry !== undefined) write(item, states);
    fork(states, last, states.length + 1);
    entry?.to.push(states.length);
    return;
  }
  const exits: { to: number[] }[] = [];
  for (let copy = min; copy < max; copy += 1) {
    exits.push(fork(states, states.length + 1));
    write(item, states);
  }
  for (const exit of exits) exit.to.push(states.length);
}

/** Follows all states at once: each is entered at most once for a character. */
function simulate(states: readonly State[], text: string): boolean {
  const characters = Array.from(text);
  const entered = new Int32Array(states.length).fill(-1);
  /** All states that are reached from some without taking a character; only those that take one, and the end. */
  const reached = (starts: readonly number[], at: number): readonly number[] => {
    const found: number[] = [];
    const pending = [...starts];
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      const state = states[index];
      if (state === undefined || entered[index] === at) continue;
      entered[index] = at;
      if (state.type === 'Fork') pending.push(...state.to);
      else if (state.type !== 'Position') found.push(index);
      else if (holds(state.at, characters, at)) pending.push(index + 1);
    }
    return found;
  };
  let current = reached([0], 0);
  for (const [at, character] of characters.entries()) {
    if (current.length === 0) return false;
    // The copies of a repetition share their set: a large one is asked once for a character.
    const holdsIn = new Map<CharSet, boolean>();
    const next = current.filter((index) => {
      const state = states[index];
      return state?.type === 'Character' && remember(holdsIn, state.set, () => state.set(character));
    });
    current = reached(
      next.map((index) => index + 1),
      at + 1,
    );
  }
  return current.some((index) => states[index]?.type === 'End');
}

function holds(position: Position, characters: readonly string[], at: number): boolean {
  const [before, after] = [characters[at - 1], characters[at]];
  const isBoundary = isWord(before) !== isWord(after);
  switch (position) {
    case 'TextStart':
      return at === 0;
    case 'TextEnd':
      return after === undefined;
    case 'LineStart':
      return before === undefined || before === '\n';
    case 'LineEnd':
      return after === undefined || after === '\n';
    case 'WordBoundary':
      return isBoundary;
    case 'NoWordBoundary':
      return !isBoundary;
  }
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^[0-9A-Za-z_]$/.test(character);
}
