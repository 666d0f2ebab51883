import { setTimeout as delay } from 'node:timers/promises';
import { type EnginePorts, openMesh } from '../../src/index.ts';

/** A second shell: it has no flags, no text and no terminal, and needs nothing of the first one. */
export async function driveMesh(file: string, environment: EnginePorts['environment'], version: string) {
  const events: string[] = [];
  const ports: EnginePorts = {
    environment,
    homeFolder: environment.HOME ?? '/',
    clock: {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => signal?.throwIfAborted()),
    },
    random: () => 0.5,
    crypto: globalThis.crypto,
    version,
    holder: 'test-shell',
    onEvent: ({ operation, type }) => events.push(`${operation} ${type}`),
  };
  const session = await openMesh({ file }, ports);
  const plan = await session.plan();
  const applied = await session.apply();
  const status = await session.status();
  const verified = await session.verify();
  return { plan, applied, status, verified, events };
}
