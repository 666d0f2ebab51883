import type { Fault } from '../truth/fault.ts';
import { balancedKinds } from './balanced-faults.ts';
import { quietIstiodKinds } from './quiet-istiods.ts';
import { quietPods } from './quiet-pods.ts';

/** Faults of load balancers and nodes, and of what istiods are started with. */
export const moreFaults: readonly Fault[] = [
  ...balancedKinds.map((kind) => kind('east', 'west')),
  ...quietIstiodKinds.map((kind) => kind('west', 'east')),
  ...quietPods,
];
