import { testDoctor } from '../support/doctor/family.ts';
import { primaryRemote } from '../support/doctor/topology-faults.ts';
import { say } from './seed.ts';

testDoctor({ lab: 'soak-doc-rem', ...primaryRemote, baseline: 'Left', say });
