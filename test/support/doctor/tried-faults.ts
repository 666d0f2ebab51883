import type { Fault } from '../truth/fault.ts';
import { everyFault, faults } from '../truth/faults.ts';
import { blindFaults } from './blind-faults.ts';
import { moreFaults } from './more-faults.ts';
import { quietFaults } from './quiet-faults.ts';
import { oneNetwork, primaryRemote } from './topology-faults.ts';

function notStarted(): never {
  throw new Error('only its family has a proxy');
}

const ofDoctor: readonly Fault[] = [...quietFaults, ...moreFaults, ...blindFaults(notStarted)];

/** The faults that a doctor is tried with, one at a time. */
export const singleFaults: readonly Fault[] = [...faults, ...ofDoctor];

/** What the table of docs/doctor.md has, in its order: pairs of faults and other topologies are among them. */
export const triedFaults: readonly Fault[] = [
  ...everyFault,
  ...ofDoctor,
  ...oneNetwork.faults,
  ...primaryRemote.faults,
];
