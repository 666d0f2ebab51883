import type { Remedy } from '../../base/remedy.ts';

/** What a code stands for. */
export interface CatalogEntry {
  /** A message with this code as it is shown, with names as they occur. */
  readonly shown: string;
  readonly means: string;
  /** How it is established: what was read, and by whom. */
  readonly established: string;
  readonly remedy: Remedy;
}

export function entry(shown: string, means: string, established: string, remedy: Remedy): CatalogEntry {
  return { shown, means, established, remedy };
}
