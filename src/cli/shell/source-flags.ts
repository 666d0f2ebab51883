import { visible } from './foreign-text.ts';

/** How a mesh was named on the command line, or in the plan that is applied. */
export interface SourceNames {
  readonly file?: string | undefined;
  readonly home?: string | undefined;
  readonly snapshot?: string | undefined;
}

/** The flags that name the source again, for the commands that a text proposes; empty where none was named. */
export function sourceFlags({ file, home, snapshot }: SourceNames): string {
  if (file !== undefined) return `-f ${visible(file)}`;
  if (home !== undefined) return `--home ${visible(home)}`;
  return snapshot === undefined ? '' : `--snapshot ${visible(snapshot)}`;
}
