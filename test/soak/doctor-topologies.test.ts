import { describe } from 'vitest';
import { testDoctor } from '../support/doctor/family.ts';
import { oneNetwork, primaryRemote } from '../support/doctor/topology-faults.ts';
import { say } from './seed.ts';

const onOneNetwork = [
  { name: 'west', network: 'lan' },
  { name: 'east', network: 'lan' },
];

describe('a primary and its remote on another network', () => {
  testDoctor({ lab: 'soak-doctor9', ...primaryRemote, baseline: 'Left', say });
});

describe('two primaries on one network', () => {
  testDoctor({ lab: 'soak-doctor8', clusters: onOneNetwork, ...oneNetwork, baseline: 'Left', say });
});
