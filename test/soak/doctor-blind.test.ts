import { afterAll } from 'vitest';
import { blindFaults, blindMesh } from '../support/doctor/blind-faults.ts';
import { testDoctor } from '../support/doctor/family.ts';
import { say } from './seed.ts';

const site = blindMesh();
afterAll(async () => await site[Symbol.asyncDispose]());
testDoctor({
  lab: 'soak-doctor5',
  faults: blindFaults(() => site.proxy()),
  baseline: 'Asked',
  say,
  meshFile: async (lab) => await site.meshFile(lab),
});
