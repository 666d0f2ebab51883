import { IsthmusError } from '../base/error.ts';

/** What makes a shift go back: how much more than in the source clusters is too much. */
export interface ShiftLimits {
  /** Failed requests, in percentage points. */
  readonly errors: number | undefined;
}

const form = /^errors>\+(\d{1,3}(?:\.\d{1,3})?)%$/;

/** `errors>+1%`. Throws `usage` for anything else, and for a second one. */
export function parseLimits(texts: readonly string[]): ShiftLimits {
  const [text, second] = texts;
  if (text === undefined) return { errors: undefined };
  if (second !== undefined) throw unknownLimit(`"${second}" is a second limit of the same`);
  const [, points] = form.exec(text) ?? [];
  if (points === undefined) throw unknownLimit(`"${text}" is no limit of a shift`);
  return { errors: Number(points) };
}

function unknownLimit(message: string): IsthmusError {
  return new IsthmusError('usage', message, {
    remedy: 'write errors>+1%, percentage points more than in the source clusters',
  });
}
