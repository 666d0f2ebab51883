import { homedir, hostname, userInfo } from 'node:os';
import { systemClock } from './base/system-clock.ts';
import type { EnginePorts } from './engine/ports.ts';
import { packageImage } from './package-image.ts';
import { packageVersion } from './package-version.ts';

/**
 * The ports of this Node process: its user's home folder, the system's clock, randomness and crypto, version and image of
 * this package, and the environment, which is the process's own unless another is given. It throws nothing. It has neither
 * `signal` nor `onEvent`: spread the result to add them, or to replace a port.
 *
 * @example
 * const ports: EnginePorts = { ...nodePorts(), signal: AbortSignal.timeout(600_000) };
 */
export function nodePorts(environment: EnginePorts['environment'] = process.env): EnginePorts {
  return {
    environment,
    homeFolder: homedir(),
    clock: systemClock,
    random: Math.random,
    crypto: globalThis.crypto,
    version: packageVersion(),
    image: packageImage(),
    holder: `${userName()}@${hostname()}/${process.pid}`,
  };
}

/** The number of a user without an account, as in many pods. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
