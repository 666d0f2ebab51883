import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cause } from '../../../src/report/doctor.ts';
import { checkout } from '../lab.ts';
import type { ExpectedCause, Fault } from '../truth/fault.ts';
import type { Said } from './tools.ts';

/** What was said of one fault. */
export interface Seen {
  /** The doctor's causes: `east: gateway-not-ready`. Notes are left out, unless one is expected. */
  readonly doctor: readonly string[];
  /** Whether that is the cause, first and all of it. */
  readonly named: 'First' | 'Later' | 'No';
  /** Those of its causes that are not the fault's. */
  readonly others: readonly string[];
  /** What Istio's tools said of it that they do not say of the mesh when it is whole; left out where they were not asked. */
  readonly tools?: Said;
  /** Whether `doctor --fix` alone mended it; left out where it was not tried. */
  readonly fix?: 'Mended' | 'Left';
}

/** By the fault's name. */
export type AllSeen = Readonly<Record<string, Seen>>;

/** A doctor that ends with 0 where there is not so much as a note. */
export const silent: readonly string[] = ['doctor', '--fail-on', 'info'];

const file = join(checkout, 'test/fixtures/doctor/faults.json');

export function readSeen(): AllSeen {
  return JSON.parse(readFileSync(file, 'utf8')) as AllSeen;
}

/** Puts what was said of a fault in the place of what was said before; what was not asked this time stays. */
export function writeSeen({ name }: Fault, seen: Seen): void {
  const before = readSeen();
  const now = { ...before[name], ...seen };
  writeFileSync(file, `${JSON.stringify({ ...before, [name]: now }, null, 2)}\n`);
}

/** A cause in few words: `east: drift of Service istio-system/istiod`. */
export function causeText({ cluster, code, object }: Pick<Cause, 'cluster' | 'code' | 'object'>): string {
  const of = code === 'drift' && object !== undefined ? ` of ${object}` : '';
  return `${cluster === undefined ? '' : `${cluster}: `}${code}${of}`;
}

/** How far a doctor's causes are those of a fault. */
export function judged(found: readonly Cause[], { causes }: Fault): Pick<Seen, 'doctor' | 'named' | 'others'> {
  const [first] = found;
  const isFirst = first !== undefined && isExpected(first, causes);
  const isAll = causes.every((one) => found.some((cause) => isExpected(cause, [one])));
  const named = isAll ? (isFirst ? 'First' : 'Later') : 'No';
  const others = found.filter((cause) => !isExpected(cause, causes)).map(causeText);
  return { doctor: found.map(causeText), named, others };
}

/** True where a cause is the one that a fault is expected to have. */
export function isExpected(
  { code, cluster, object }: Pick<Cause, 'cluster' | 'code' | 'object'>,
  expected: readonly ExpectedCause[],
): boolean {
  return expected.some(
    (one) =>
      one.code === code &&
      (one.cluster === undefined || one.cluster === cluster) &&
      (one.object === undefined || one.object === object),
  );
}
