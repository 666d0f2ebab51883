import { numbers } from '../support/random.ts';
import { testFaults } from '../support/truth/family.ts';
import { drawn, drawnForTable } from '../support/truth/faults.ts';
import { say } from './seed.ts';

// Those of the table, or as many others.
const seed = process.env.ISTHMUS_SOAK_SEED;

testFaults({
  lab: 'soak-drawn',
  faults: seed === undefined ? drawnForTable : drawn(drawnForTable.length, numbers(Number(seed))),
  say,
});
