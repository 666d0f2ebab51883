import type { PairCheck, SharedCheck, VerifyReport } from '../../report/verify.ts';
import { visible } from '../shell/foreign-text.ts';
import { remedyText } from '../shell/remedy-text.ts';

/** What did not pass for one cause. */
interface FailureGroup {
  readonly tested: boolean;
  readonly hop: string;
  /** `west -> east`, `shared service from west` */
  readonly names: readonly string[];
  readonly message: string;
  readonly hint: string;
  /** Of the first check: those of the others differ in figures, and other formats have them. */
  readonly facts: readonly string[];
}

/** A section for each cause: the checks that it fails, what is wrong, what was seen and what to do. */
export function failureTexts(
  { pairs, shared }: VerifyReport,
  { source, paint }: { readonly source: string; readonly paint: (text: string, tone: 'bad' | 'dim') => string },
): readonly string[] {
  const failed = [...pairs, ...shared].flatMap((check) => failureOf(check, source));
  return [...Map.groupBy(failed, causeOf).values()].map((all) => {
    const { tested, hop, names, message, hint, facts } = merged(all);
    const head = `${paint(tested ? 'FAILED' : 'NOT TESTED', 'bad')} ${names.join(', ')}, at ${hop}: ${visible(message)}`;
    const whose = names.length > 1 ? `${names[0]}: ` : '';
    const seen = facts.map((fact) => `  ${whose}${visible(fact)}`);
    return [head, ...seen, `  ${paint('hint', 'dim')}: ${visible(hint)}`].join('\n');
  });
}

/** A check that did not pass. */
interface Failed {
  readonly name: string;
  readonly check: PairCheck | SharedCheck;
  readonly message: string;
  readonly hint: string;
  /** The cluster that differs between failures of one cause; undefined where none may. */
  readonly varying: string | undefined;
}

function failureOf(check: PairCheck | SharedCheck, source: string): readonly Failed[] {
  const { finding, from } = check;
  if (finding === null) return [];
  const name = 'to' in check ? `${from} -> ${check.to}` : `shared service from ${from}`;
  const { message } = finding;
  const hint = remedyText(finding.remedy, { source });
  return [{ name, check, message, hint, varying: varyingIn(check, message) }];
}

/** The other end of a pair where the message names it, else the cluster that it is about: an image that none can have is one cause. */
function varyingIn(check: PairCheck | SharedCheck, message: string): string | undefined {
  const { from, finding } = check;
  const to = 'to' in check ? check.to : undefined;
  const own = finding?.cluster;
  const ends = [from, to].filter((name) => name !== undefined && name !== own);
  return [...ends, own].find((name) => name !== undefined && wordsOf(message).includes(name));
}

/** The words of a text and what is between them, in turn; `east-west` is one, and not a cluster. */
function wordsOf(text: string): readonly string[] {
  return text.split(/([\w-]+)/);
}

function withName(text: string, name: string | undefined, other: string): string {
  return wordsOf(text)
    .map((word) => (word === name ? other : word))
    .join('');
}

/** Equal for the same words at the same hop, whichever cluster is at the other end. */
function causeOf({ check: { tested, hop, finding }, message, varying }: Failed): string {
  const own = finding?.cluster === varying ? '' : finding?.cluster;
  return JSON.stringify([tested, hop, finding?.code, own, withName(message, varying, '*')]);
}

function merged(all: readonly Failed[]): FailureGroup {
  const [first] = all as readonly [Failed, ...Failed[]];
  const names = [...new Set(all.flatMap(({ varying }) => varying ?? []))].join(', ');
  return {
    tested: first.check.tested,
    hop: first.check.hop ?? '?',
    names: all.map(({ name }) => name),
    message: withName(first.message, first.varying, names),
    // A cluster may be called like a word of the hint.
    hint: all.every(({ hint }) => hint === first.hint) ? first.hint : withName(first.hint, first.varying, names),
    facts: (first.check.finding?.evidence ?? []).map(({ fact }) => fact),
  };
}
