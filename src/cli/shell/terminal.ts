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
  /** ANSI colours are wanted, of one stream at least: the other one leaves them out of what it is given. */
  readonly color: boolean;
}

export interface StreamFacts {
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Whether to write colours to a stream. NO_COLOR forbids them (https://no-color.org), then FORCE_COLOR and
 * CLICOLOR_FORCE ask for them in a pipe too, then CLICOLOR=0 forbids them; what is empty counts as unset. FORCE_COLOR=0
 * forbids them, as Node itself reads it.
 */
export function wantsColor({ isTTY, env }: StreamFacts): boolean {
  if (isSet(env.NO_COLOR)) return false;
  if (isSet(env.FORCE_COLOR)) return !isOff(env.FORCE_COLOR);
  if (isSet(env.CLICOLOR_FORCE) && !isOff(env.CLICOLOR_FORCE)) return true;
  return isTTY && env.TERM !== 'dumb' && !isOff(env.CLICOLOR);
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function isOff(value: string | undefined): boolean {
  return value === '0' || value === 'false';
}

const codes = { red: 31, green: 32, yellow: 33, blue: 34, dim: 2, bold: 1 } as const;

/** The text in a colour, or as it is where colours are not wanted. */
export function paint(text: string, color: keyof typeof codes, wanted: boolean): string {
  return wanted ? `\u001b[${codes[color]}m${text}\u001b[0m` : text;
}
