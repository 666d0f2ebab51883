import { visible } from './foreign-text.ts';
import { quoted } from './shell-word.ts';

/** How a mesh was named on the command line, or in the plan that is applied. */
export interface SourceNames {
  readonly file?: string | undefined;
  readonly home?: string | undefined;
  readonly snapshot?: string | undefined;
}

/**
 * The flags that name the mesh again, for the commands that a text proposes; empty where none was named. Standard input has
 * been read, and a snapshot is of an earlier time and cannot be changed: FILE stands for the file that the reader has.
 */
export function sourceFlags({ file, home, snapshot }: SourceNames): string {
  if (file === '-') return '-f FILE';
  if (file !== undefined) return `-f ${quoted(visible(file))}`;
  if (home !== undefined) return `--home ${quoted(visible(home))}`;
  return snapshot === undefined ? '' : `--snapshot ${quoted(visible(snapshot))}`;
}
