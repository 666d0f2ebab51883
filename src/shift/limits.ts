import { IsthmusError } from '../base/error.ts';

/** How much slower than the source clusters is too much: milliseconds more, or percent of theirs. */
export interface LatencyLimit {
  readonly unit: 'Ms' | 'Percent';
  readonly more: number;
}

/** What makes a shift go back: how much more than in the source clusters is too much. */
export interface ShiftLimits {
  /** Failed requests, in percentage points. */
  readonly errors: number | undefined;
  /** How long 99 of 100 requests take at most. */
  readonly p99: LatencyLimit | undefined;
}

const errorsForm = /^errors>\+(\d{1,3}(?:\.\d{1,3})?)%$/;
const p99Form = /^p99>\+(\d{1,6}(?:\.\d{1,3})?)(ms|s|%)$/;

/** `errors>+1%`, `p99>+50ms` and `p99>+20%`. Throws `usage` for anything else, and for a second one of the same. */
export function parseLimits(texts: readonly string[]): ShiftLimits {
  let limits: ShiftLimits = { errors: undefined, p99: undefined };
  for (const text of texts) {
    const one = parseLimit(text);
    if (limits.errors !== undefined && one.errors !== undefined) throw secondLimit(text);
    if (limits.p99 !== undefined && one.p99 !== undefined) throw secondLimit(text);
    limits = { errors: one.errors ?? limits.errors, p99: one.p99 ?? limits.p99 };
  }
  return limits;
}

function parseLimit(text: string): ShiftLimits {
  const [, points] = errorsForm.exec(text) ?? [];
  if (points !== undefined) return { errors: Number(points), p99: undefined };
  const [, more, unit] = p99Form.exec(text) ?? [];
  if (more === undefined) throw unknownLimit(`"${text}" is no limit of a shift`);
  if (unit === '%') return { errors: undefined, p99: { unit: 'Percent', more: Number(more) } };
  return { errors: undefined, p99: { unit: 'Ms', more: Number(more) * (unit === 's' ? 1000 : 1) } };
}

function secondLimit(text: string): IsthmusError {
  return unknownLimit(`"${text}" is a second limit of the same`);
}

function unknownLimit(message: string): IsthmusError {
  return new IsthmusError('usage', message, {
    remedy:
      'write errors>+1% (percentage points), p99>+50ms or p99>+20%: how much more than in the source clusters is too much',
  });
}
