import { testDoctor } from '../support/doctor/family.ts';
import { oneNetwork } from '../support/doctor/topology-faults.ts';
import { say } from './seed.ts';

const clusters = [
  { name: 'west', network: 'lan' },
  { name: 'east', network: 'lan' },
];

testDoctor({ lab: 'soak-doc-lan', clusters, ...oneNetwork, baseline: 'Left', say });
