import { drawnPairs } from '../support/doctor/drawn-pairs.ts';
import { testDoctor } from '../support/doctor/family.ts';
import { say, soakSeed } from './seed.ts';

say(`seed ${soakSeed}`);
testDoctor({ lab: 'soak-doc-two', faults: drawnPairs(soakSeed).second, baseline: 'Left', say });
