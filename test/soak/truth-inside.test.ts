import { testFaults } from '../support/truth/family.ts';
import { faults } from '../support/truth/faults.ts';
import { say } from './seed.ts';

const inside = ['trust', 'istiod', 'policy', 'services'];

testFaults({ lab: 'soak-inside', faults: faults.filter(({ group }) => inside.includes(group)), say });
