import { testInPassing } from '../support/doctor/in-passing.ts';
import { testFaults } from '../support/truth/family.ts';
import { inEveryRun } from '../support/truth/faults.ts';
import { commands } from '../support/truth/judge.ts';

// A verify of a broken mesh waits for what does not come: the soak families ask it about each of the faults.
const verified = ['cacerts', 'AuthorizationPolicy'];

testFaults({
  lab: 'e2e-truth',
  faults: inEveryRun,
  asked: ({ name }) =>
    commands.filter((command) => command !== 'verify' || verified.some((word) => name.includes(word))),
  doctor: 'Asked',
  afterwards: testInPassing,
  say: () => undefined,
});
