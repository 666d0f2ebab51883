import { drawnPairs } from '../support/doctor/drawn-pairs.ts';
import { testDoctor } from '../support/doctor/family.ts';
import { say, soakSeed } from './seed.ts';

say(`seed ${soakSeed}`);
testDoctor({ lab: 'soak-doctor3', faults: drawnPairs(soakSeed).first, baseline: 'Left', say });
