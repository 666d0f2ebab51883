import type { KindRef } from './object.ts';

/** True for the kinds whose objects hold keys: what they hold is never shown, and no words of a server about them are. */
export function isConfidentialKind({ kind }: Pick<KindRef, 'kind'>): boolean {
  return kind === 'Secret' || kind === 'WrappingKey';
}
