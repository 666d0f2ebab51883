import { testFaults } from '../support/truth/family.ts';
import { faults } from '../support/truth/faults.ts';
import { say } from './seed.ts';

const between = ['remote secret and token', 'gateway and address', 'network names'];

testFaults({ lab: 'soak-truth', faults: faults.filter(({ group }) => between.includes(group)), say });
