import type { MeshOrigin } from '../../engine/source.ts';
import { quoted } from '../../wording/shell-word.ts';
import { visible } from './foreign-text.ts';

/** How a mesh was named on the command line, or in the plan that is applied. */
export interface SourceNames {
  readonly file?: string | undefined;
  readonly home?: string | undefined;
  readonly snapshot?: string | undefined;
  /** `NAME=CONTEXT` for each cluster, as the flags have it. */
  readonly context?: readonly string[] | undefined;
  readonly accept?: readonly string[] | undefined;
}

/** Where a session has its mesh from, as the flags that name it again. */
export function namesOf({ contexts, ...origin }: MeshOrigin): SourceNames {
  const context = Object.entries(contexts ?? {}).map(([cluster, name]) => `${cluster}=${name}`);
  return { ...origin, context };
}

/** `NAME=CONTEXT` as the engine takes it. A name has no "=", a context may have one. */
export function contextsOf(context: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    context.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
  );
}

/**
 * The flags that name the mesh again, for the commands that a text proposes; empty where none was named. Standard input has
 * been read: FILE stands for the file that the reader has.
 */
export function sourceFlags({ file, home, snapshot, context = [], accept = [] }: SourceNames): string {
  if (file === '-') return '-f FILE';
  if (file !== undefined) return `-f ${quoted(visible(file))}`;
  if (home !== undefined) {
    const words = [
      ['home', home],
      ...context.map((text) => ['context', text]),
      ...accept.map((text) => ['accept', text]),
    ];
    return words.map(([flag, value = '']) => `--${flag} ${quoted(visible(value))}`).join(' ');
  }
  return snapshot === undefined ? '' : `--snapshot ${quoted(visible(snapshot))}`;
}
