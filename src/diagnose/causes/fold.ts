import type { Finding, FindingCode, Severity } from '../../base/finding.ts';
import { follows, type PrimaryOf } from './follows.ts';
import type { Suspect } from './suspect.ts';

/** A finding that follows from no other one, and those that follow from it. */
export interface Cause {
  readonly finding: Finding;
  readonly consequences: readonly Finding[];
  /** The lost flows that follow from it. */
  readonly flows: ReadonlySet<string>;
}

/**
 * What is wrong, each cause once with all that follows from it. What explains most stands first: a finding that explains
 * nothing comes after those of its severity that do, and what is not known last.
 */
export function foldConsequences(suspects: readonly Suspect[], primaryOf: PrimaryOf): readonly Cause[] {
  const causesOf = new Map<Suspect, readonly Suspect[]>();
  for (const effect of suspects) {
    const found = suspects.filter((one) => follows(one, effect, primaryOf) && !isBelow(one, effect, causesOf));
    causesOf.set(effect, found);
  }
  const roots = suspects.filter((one) => (causesOf.get(one) ?? []).length === 0);
  return roots.map((root) => causeOf(root, suspects, causesOf)).toSorted(byWeight);
}

type CausesOf = ReadonlyMap<Suspect, readonly Suspect[]>;

/** True where a suspect already follows from another one, so that the other way round would be a circle. */
function isBelow(one: Suspect, above: Suspect, causesOf: CausesOf, seen = new Set<Suspect>()): boolean {
  if (seen.has(one)) return false;
  seen.add(one);
  return (causesOf.get(one) ?? []).some((cause) => cause === above || isBelow(cause, above, causesOf, seen));
}

function causeOf(root: Suspect, suspects: readonly Suspect[], causesOf: CausesOf): Cause {
  const below = suspects.filter((one) => isBelow(one, root, causesOf));
  const consequences = below.map(({ finding }) => finding);
  const explains = [...new Set<FindingCode>(consequences.map(({ code }) => code))].toSorted();
  const finding = explains.length === 0 ? root.finding : { ...root.finding, explains };
  return { finding, consequences, flows: new Set([root, ...below].flatMap(({ flows }) => [...flows])) };
}

const ranks: Readonly<Record<Severity, number>> = { error: 0, warning: 2, info: 4 };

function byWeight(a: Cause, b: Cause): number {
  return rankOf(a) - rankOf(b) || b.flows.size - a.flows.size || b.consequences.length - a.consequences.length;
}

/** A cause is as grave as the gravest of what follows from it. */
function rankOf({ finding, consequences }: Cause): number {
  const all = finding.confidence === 'Unknown' ? [finding] : [finding, ...consequences];
  return Math.min(...all.map(({ severity, confidence }) => ranks[severity] + (confidence === 'Unknown' ? 1 : 0)));
}
