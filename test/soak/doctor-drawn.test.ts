import { testDoctor } from '../support/doctor/family.ts';
import { numbers } from '../support/random.ts';
import { drawn } from '../support/truth/faults.ts';
import { say, soakSeed } from './seed.ts';

/** As many as there is time for. */
const pairs = 20;

say(`seed ${soakSeed}`);
testDoctor({ lab: 'soak-doctor3', faults: drawn(pairs, numbers(soakSeed)), baseline: 'Left', say });
