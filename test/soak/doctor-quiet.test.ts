import { testDoctor } from '../support/doctor/family.ts';
import { quietFaults } from '../support/doctor/quiet-faults.ts';
import { say } from './seed.ts';

testDoctor({ lab: 'soak-doctor4', faults: quietFaults, baseline: 'Asked', say });
