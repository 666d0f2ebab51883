import { chosenFaults } from '../support/doctor/chosen.ts';
import { testDoctor } from '../support/doctor/family.ts';
import { readSeen } from '../support/doctor/seen.ts';
import { say } from './seed.ts';

const faults = chosenFaults(process.env.ISTHMUS_DOCTOR_FAULTS ?? '', readSeen());
if (faults.length === 0) throw new Error('the table lacks nothing: name faults by ISTHMUS_DOCTOR_FAULTS');

testDoctor({ lab: 'soak-doctor8', faults, baseline: 'Asked', say });
