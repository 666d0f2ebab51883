import { testDoctor } from '../support/doctor/family.ts';
import { between, faults } from '../support/truth/faults.ts';
import { say } from './seed.ts';

testDoctor({
  lab: 'soak-doctor',
  faults: faults.filter(({ group }) => between.includes(group)),
  baseline: 'Asked',
  say,
});
