import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clusterName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import { nodePorts } from '../node-ports.ts';
import type { ApplyReport } from '../report/apply.ts';
import type { VerifyReport } from '../report/verify.ts';
import { applyAndVerify, type Halves, type Heard } from './apply-and-verify.ts';
import type { ApplyEvent } from './events.ts';
import { readSource } from './read-source.ts';
import { type SessionState, sessionOf } from './session.ts';

const file = join(import.meta.dirname, '../../examples/two-networks/mesh.yaml');
const west = clusterName.parse('west');

const applied: ApplyReport = {
  apiVersion: 'isthmus.dev/v1alpha1',
  kind: 'ApplyReport',
  mesh: 'shop',
  ok: true,
  clusters: [],
  requests: 0,
  writes: 0,
  seconds: 1,
};

function verified(ok: boolean, namespace: string): VerifyReport {
  return {
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'VerifyReport',
    mesh: 'shop',
    trustDomain: 'cluster.local',
    namespace,
    startedAt: '2026-11-30T00:00:00Z',
    durationMs: 1,
    firstCrossClusterMs: null,
    ok,
    passed: 0,
    total: 0,
    clusters: [],
    pairs: [],
    shared: [],
    causes: [],
  };
}

function event(counts: { readonly created: number; readonly configured: number }): ApplyEvent {
  return {
    at: '2026-11-30T00:00:00Z',
    level: 'info',
    operation: 'apply',
    cluster: west,
    type: 'Applied',
    details: { stage: 'Gateway', ...counts },
  };
}

const pruned: ApplyEvent = {
  at: '2026-11-30T00:00:00Z',
  level: 'info',
  operation: 'apply',
  cluster: west,
  type: 'Pruned',
  details: { deleted: 1, released: 0 },
};

interface Scene {
  /** `begun` are the verifications so far. */
  readonly apply: (heard: Heard, begun: readonly SessionState[]) => Promise<ApplyReport>;
  /** What each verification shows, one after the other. */
  readonly shows?: readonly boolean[];
  readonly clusters?: readonly string[];
}

async function outcome({ apply, shows = [true, true], clusters }: Scene) {
  const ports = nodePorts({ PATH: '/nowhere', HOME: '/nowhere' });
  const state = sessionOf(await readSource({ file }, ports), ports, {});
  const begun: SessionState[] = [];
  const halves: Halves = {
    apply: async (heard) => await apply(heard, begun),
    verify: async (of) => {
      begun.push(of);
      return verified(shows[begun.length - 1] ?? false, `run-${begun.length}`);
    },
  };
  const report = await applyAndVerify(state, { clusters, verify: {} }, halves).catch((error: unknown) => error);
  return { report, begun };
}

async function bothInject({ onInjecting }: Heard): Promise<void> {
  onInjecting('west');
  onInjecting('east');
}

test('what was sent while only new objects were made counts, and is not sent again', async () => {
  const { report, begun } = await outcome({
    apply: async (heard) => {
      heard.state.ports.onEvent?.(event({ created: 1, configured: 4 }));
      await bothInject(heard);
      heard.state.ports.onEvent?.(event({ created: 3, configured: 0 }));
      return applied;
    },
  });
  expect(report).toMatchObject({ ok: true, verification: { namespace: 'run-1' } });
  expect(begun).toHaveLength(1);
});

test.each([
  [undefined, [0, 0, 1]],
  [['west'], [0, 1, 1]],
  [['east'], [0, 0, 1]],
] as const)('nothing is sent before every chosen cluster injects: of %s', async (clusters, expected) => {
  const counts: number[] = [];
  await outcome({
    ...(clusters === undefined ? {} : { clusters }),
    apply: async ({ onInjecting }, begun) => {
      counts.push(begun.length);
      for (const cluster of ['west', 'east']) {
        onInjecting(cluster);
        counts.push(begun.length);
      }
      return applied;
    },
  });
  expect(counts).toEqual(expected);
});

test.each([
  { what: 'configured', seen: event({ created: 0, configured: 1 }) },
  { what: 'deleted', seen: pruned },
])('where the apply $what something meanwhile, requests are sent again when it has ended', async ({ seen }) => {
  const { report, begun } = await outcome({
    apply: async (heard) => {
      await bothInject(heard);
      heard.state.ports.onEvent?.(seen);
      return applied;
    },
  });
  expect(report).toMatchObject({ verification: { namespace: 'run-2' } });
  expect(begun.map(({ ports }) => ports.signal?.aborted ?? false)).toEqual([true, false]);
});

test('a request that failed while the apply was at work is sent again, and that counts', async () => {
  const apply: Scene['apply'] = async (heard) => {
    await bothInject(heard);
    return applied;
  };
  const mended = await outcome({ apply, shows: [false, true] });
  expect(mended.report).toMatchObject({ verification: { ok: true, namespace: 'run-2' } });
  const broken = await outcome({ apply, shows: [false, false] });
  expect(broken.report).toMatchObject({ verification: { ok: false, namespace: 'run-2' } });
});

test('an apply that leaves something undone, or fails, is not verified, and what was begun ends', async () => {
  const partly = await outcome({
    apply: async (heard) => {
      await bothInject(heard);
      return { ...applied, ok: false };
    },
  });
  expect(partly.report).toEqual({ ...applied, ok: false });
  const failed = await outcome({
    apply: async (heard) => {
      await bothInject(heard);
      throw new IsthmusError('lock-held', 'another run is at work');
    },
  });
  expect(failed.report).toMatchObject({ code: 'lock-held' });
  for (const { begun } of [partly, failed]) expect(begun.map(({ ports }) => ports.signal?.aborted)).toEqual([true]);
});
