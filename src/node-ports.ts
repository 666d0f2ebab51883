import { homedir, hostname, userInfo } from 'node:os';
import { systemClock } from './base/system-clock.ts';
import type { EnginePorts } from './engine/ports.ts';

/** What a Node process tells of itself. */
export type NodeProcess = Pick<NodeJS.Process, 'env' | 'pid'>;

/**
 * The ports of a Node process, for the command line and for programs that use the library: its environment, its user's
 * home folder, the system's clock, randomness and crypto. Give others where these are not to be used.
 */
export function nodePorts(version: string, process: NodeProcess): EnginePorts {
  return {
    environment: process.env,
    homeFolder: homedir(),
    clock: systemClock,
    random: Math.random,
    crypto: globalThis.crypto,
    version,
    holder: `${userInfo().username}@${hostname()}/${process.pid}`,
  };
}
