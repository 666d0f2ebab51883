import { testDoctor } from '../support/doctor/family.ts';
import { moreFaults } from '../support/doctor/more-faults.ts';
import { say } from './seed.ts';

testDoctor({ lab: 'soak-doctor6', faults: moreFaults, baseline: 'Asked', say });
