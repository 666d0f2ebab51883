import { IsthmusError } from '../src/base/error.ts';

export interface WholeNumberLimits {
  readonly flag: string;
  readonly min: number;
  readonly max: number;
  /** What the usage error gives as its remedy. */
  readonly remedy: string;
}

/** The number that an option names, or a usage error. */
export function wholeNumber(text: string, { flag, min, max, remedy }: WholeNumberLimits): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new IsthmusError('usage', `${flag}: "${text}" is no whole number from ${min} to ${max}`, { remedy });
}
