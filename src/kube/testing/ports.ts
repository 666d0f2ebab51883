import { systemClock } from '../../base/system-clock.ts';
import type { ConnectPorts } from '../connect.ts';

/** What a client of a test takes from its process: no variables, the real clock. */
export const testPorts: ConnectPorts = { environment: {}, random: Math.random, clock: systemClock };
