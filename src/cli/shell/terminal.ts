import type { LiveBlock } from './live-block.ts';

/**
 * Where a command writes: results to stdout, progress and complaints to stderr. Texts of others are made visible before
 * (foreign-text.ts); what steers a terminal and is no colour of ours is stopped here at the latest.
 */
export interface Terminal {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Writes over the whole screen; left out where stdout is no terminal. */
  readonly redraw?: (text: string) => void;
  /** The lines that are drawn again below what is written; left out where stderr is no terminal. */
  readonly live?: LiveBlock;
  /** ANSI colours are wanted: a terminal, and neither NO_COLOR nor --no-color. */
  readonly color: boolean;
}

export interface StreamFacts {
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Whether to write colours to a stream (https://no-color.org: NO_COLOR set to anything but the empty string forbids them). */
export function wantsColor({ isTTY, env }: StreamFacts): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return isTTY && env.TERM !== 'dumb';
}

const codes = { red: 31, green: 32, yellow: 33, blue: 34, dim: 2, bold: 1 } as const;

/** The text in a colour, or as it is where colours are not wanted. */
export function paint(text: string, color: keyof typeof codes, wanted: boolean): string {
  return wanted ? `\u001b[${codes[color]}m${text}\u001b[0m` : text;
}
