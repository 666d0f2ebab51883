import { setTimeout as delay } from 'node:timers/promises';
import {
  type ApplyReport,
  type EnginePorts,
  openMesh,
  type PlanReport,
  type StatusReport,
  type VerifyReport,
} from '../../src/index.ts';

/** A second shell: it has no flags, no text and no terminal, and needs nothing of the first one. */
export async function driveMesh(file: string, environment: EnginePorts['environment'], version: string) {
  const events: string[] = [];
  const session = await openMesh(
    { file },
    {
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
    },
  );
  const plan: PlanReport = await session.plan();
  const applied: ApplyReport = await session.apply();
  const status: StatusReport = await session.status();
  const verified: VerifyReport = await session.verify();
  return { plan, applied, status, verified, events };
}
