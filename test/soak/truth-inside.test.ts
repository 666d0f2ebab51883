import { testFaults } from '../support/truth/family.ts';
import { between, faults } from '../support/truth/faults.ts';
import { say } from './seed.ts';

testFaults({ lab: 'soak-inside', faults: faults.filter(({ group }) => !between.includes(group)), say });
