import type { Fault } from './fault.ts';
import { secretKinds } from './secret-kinds.ts';

/** Each kind in one of the clusters, in turn. */
export const faults: readonly Fault[] = secretKinds.map((kind, index) =>
  index % 2 === 0 ? kind('east', 'west') : kind('west', 'east'),
);
