import { createInterface } from 'node:readline/promises';
import { IsthmusError } from '../../base/error.ts';
import { visible } from './foreign-text.ts';

export interface Confirmation {
  /** What has to be typed. */
  readonly word: string;
  /** What is about to be done: `remove all this from 2 clusters`. */
  readonly deed: string;
  /** `--yes` was given. */
  readonly yes: boolean;
  /** Standard input and the output are a terminal. */
  readonly interactive: boolean;
  readonly signal: AbortSignal;
}

export type Ask = (question: string, signal: AbortSignal) => Promise<string>;

/** Throws `usage` where nobody can be asked, `cancelled` where the answer is not the word. */
export async function confirm(
  { word, deed, yes, interactive, signal }: Confirmation,
  ask: Ask = askOnTerminal,
): Promise<void> {
  if (yes) return;
  if (!interactive) {
    throw new IsthmusError('usage', `not a terminal: pass --yes to ${deed}; nothing was changed`, {
      remedy: 'look at what is listed above, then run the same command with --yes',
    });
  }
  const answer = await ask(visible(`Type ${word} to ${deed}: `), signal);
  if (answer.trim() === word) return;
  throw new IsthmusError('cancelled', `the answer was not ${word}; nothing was changed`);
}

/** One line from the person at the terminal. */
export async function askOnTerminal(question: string, signal: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question, { signal });
  } finally {
    terminal.close();
  }
}
