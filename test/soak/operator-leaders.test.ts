import { join } from 'node:path';
import { unpackPackages } from '../../lab/src/tools/debian.ts';
import { cacheFolder } from '../../lab/src/tools/tool-paths.ts';
import { testOrdeals } from '../support/operator/family.ts';
import { builds, clockOff, commandsBeside, silentWatch, suspended } from '../support/operator/leader-ordeals.ts';
import { memory } from '../support/operator/memory-ordeal.ts';
import { say } from './seed.ts';

const libraries = await unpackPackages(['libfaketime'], cacheFolder());
const clock = clockOff(join(libraries, 'usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'));

testOrdeals({
  lab: 'soak-op-lead',
  ordeals: [suspended, memory(say), clock, silentWatch, builds, commandsBeside],
  say,
});
