/**
 * This folder matches texts by the regular expressions of Istio's configuration, in the syntax of RE2, in time that grows
 * with the text and not with the pattern's ambiguity: the patterns come from anyone who may write a VirtualService.
 */

/** True for a character of the set; what is given is one code point. */
export type CharSet = (character: string) => boolean;

export type Position = 'TextStart' | 'TextEnd' | 'LineStart' | 'LineEnd' | 'WordBoundary' | 'NoWordBoundary';

/** A parsed pattern. Greed and captures are left out: they make no difference to whether a whole text matches. */
export type Node = (
  | { readonly type: 'Character'; readonly set: CharSet }
  | { readonly type: 'Position'; readonly at: Position }
  | { readonly type: 'Sequence' | 'Choice'; readonly items: readonly Node[] }
  | { readonly type: 'Repeat'; readonly item: Node; readonly min: number; readonly max: number }
) & {
  /** How often the innermost part is copied by counted repetitions within each other. */
  readonly copies: number;
};

/** As RE2 and Go's regexp/syntax have it: counts, their product where they are nested, and the depth of groups. */
export const maxRepeat = 1000;
export const maxDepth = 1000;

/** The flags of a part of a pattern; U changes greed alone. */
export interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

export type Flag = keyof Flags;

/** A pattern that RE2 would refuse, or that is too large. It never leaves this folder. */
export class Refused extends Error {}

/** A pattern as it is read: code points and a place among them. */
export class Cursor {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(pattern: string) {
    this.#characters = Array.from(pattern);
  }

  get done(): boolean {
    return this.#at >= this.#characters.length;
  }

  /** The character at the place, or so many after it; '' behind the end. */
  peek(ahead = 0): string {
    return this.#characters[this.#at + ahead] ?? '';
  }

  /** Takes one character; refuses the pattern where it ends too early. */
  take(): string {
    const character = this.peek();
    if (character === '') throw new Refused('the pattern ends too early');
    this.#at += 1;
    return character;
  }

  /** Takes the text where it stands next. */
  takes(text: string): boolean {
    const { length } = Array.from(text);
    if (this.#characters.slice(this.#at, this.#at + length).join('') !== text) return false;
    this.#at += length;
    return true;
  }

  /** Takes what the expression finds at the place within the next characters, so many at most. */
  match(expression: RegExp, reach: number): RegExpExecArray | undefined {
    const found = expression.exec(this.#characters.slice(this.#at, this.#at + reach).join(''));
    if (found === null) return undefined;
    this.#at += Array.from(found[0]).length;
    return found;
  }
}
