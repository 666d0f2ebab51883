import { describe, expect, test } from 'vitest';
import type { Happening, KeptDocument, RenewedPeer } from '../engine/home-session.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import { quietMs } from './queue.ts';
import { keepTokens, type TokenKeeper } from './tokens.ts';

const hourMs = 3_600_000;

interface Scene {
  readonly tokens: TokenKeeper;
  readonly calls: string[];
  readonly seen: string[];
  readonly happenings: Happening[];
  /** What the next looks find, by cluster. */
  readonly finds: Map<string, RenewedPeer>;
  /** What becomes of the operator's own token. */
  readonly own: Map<string, RenewedPeer>;
  readonly clusters: KeptDocument[];
  readonly paused: Set<string>;
  /** Ends the look that is under way. */
  release(): void;
  pass(ms?: number): Promise<void>;
}

function documentOf(name: string, renewToken?: string): KeptDocument {
  return {
    kind: 'MeshCluster',
    namespace: 'isthmus-system',
    name,
    uid: name,
    generation: 1,
    isPaused: false,
    isDeleted: false,
    isHeld: true,
    spec: {},
    status: {},
    renewToken,
  };
}

function scene({ isHeld = false } = {}): Scene {
  const clock = handClock();
  const calls: string[] = [];
  const seen: string[] = [];
  const happenings: Happening[] = [];
  const finds = new Map<string, RenewedPeer>();
  const clusters = ['west', 'east'].map((name) => documentOf(name));
  const paused = new Set<string>();
  const own = new Map<string, RenewedPeer>();
  let release: () => void = () => undefined;
  const tokens = keepTokens({
    mesh: {
      renewTokens: async (cluster, { asked, refused = [] }) => {
        calls.push(['begun', cluster, ...asked.values(), ...refused.map((peer) => `refused ${peer}`)].join(' '));
        if (isHeld) await new Promise<void>((resolve) => (release = resolve));
        calls.push(`ended ${cluster}`);
        const found = finds.get(cluster);
        return found === undefined ? [] : [found];
      },
      renewAccess: async (cluster) => own.get(cluster),
    },
    fence: () => undefined,
    home: { record: async (happening) => void happenings.push(happening) },
    clusters,
    isPaused: (cluster) => paused.has(cluster),
    clock,
    random: () => 1,
    signal: new AbortController().signal,
    log: () => undefined,
    onIstiods: (cluster, found) => void seen.push([`istiod of ${cluster}`, ...found.map(({ peer }) => peer)].join(' ')),
    onOwn: (cluster) => void seen.push(`operator ${cluster}`),
  });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  };
  const pass = async (ms = quietMs): Promise<void> => {
    await settle();
    clock.advance(ms);
    await settle();
  };
  return { tokens, calls, seen, happenings, finds, own, clusters, paused, release: () => release(), pass };
}

describe('tokens', () => {
  test('are renewed for one cluster after the other, never in two at once', async () => {
    const one = scene({ isHeld: true });
    for (const name of ['west', 'east']) one.tokens.wake(name);
    await one.pass();
    expect(one.calls).toEqual(['begun west']);
    one.release();
    await one.pass(0);
    expect(one.calls).toEqual(['begun west', 'ended west', 'begun east']);
  });

  test('are reported with their holders, the own one too', async () => {
    const one = scene();
    one.finds.set('west', { peer: 'east', outcome: 'Current' });
    one.own.set('west', { peer: 'west', outcome: 'Current' });
    one.tokens.wake('west');
    await one.pass();
    expect(one.seen).toEqual(['istiod of west east', 'operator west']);
  });

  test('are looked at when the next one is due, and not before', async () => {
    const one = scene();
    const start = Date.parse('2030-01-01T00:00:00Z');
    one.finds.set('west', { peer: 'east', outcome: 'Current', dueAt: start + 12 * hourMs });
    one.tokens.wake('west');
    await one.pass();
    one.calls.length = 0;
    await one.pass(11 * hourMs);
    expect(one.calls).toEqual([]);
    await one.pass(hourMs);
    expect(one.calls).toEqual(['begun west', 'ended west']);
  });

  test('a renewal that is under way is finished before the documents change, and no other is begun', async () => {
    const one = scene({ isHeld: true });
    for (const name of ['west', 'east']) one.tokens.wake(name);
    await one.pass();
    let isStopped = false;
    const stopped = one.tokens.stop().then(() => (isStopped = true));
    await one.pass(0);
    expect(isStopped).toBe(false);
    one.release();
    await stopped;
    expect(one.calls).toEqual(['begun west', 'ended west']);
  });

  test('a renewal that was undone is reported with its loss, and rests until something else is asked for', async () => {
    const one = scene();
    one.finds.set('west', { peer: 'east', outcome: 'Undone', why: 'istiod-1 lost 3 endpoints' });
    one.tokens.wake('west');
    await one.pass();
    expect(one.happenings).toMatchObject([
      {
        about: { name: 'east' },
        type: 'Warning',
        reason: 'TokenRenewalUndone',
        note: expect.stringContaining('lost 3 endpoints'),
      },
    ]);
    one.calls.length = 0;
    one.tokens.wake('west');
    await one.pass();
    expect(one.calls).toEqual([]);
    one.tokens.ask([documentOf('west'), documentOf('east', 'now')]);
    one.tokens.wake('west');
    await one.pass();
    expect(one.calls).toEqual(['begun west now', 'ended west']);
    one.calls.length = 0;
    await one.pass(hourMs / 2);
    expect(one.calls).toEqual(['begun west now', 'ended west']);
  });

  test('what the istiod is known to do wrong stands in the Event', async () => {
    const one = scene();
    const advice = ['istiod 1.30.2 may lose the endpoints'];
    one.finds.set('west', { peer: 'east', outcome: 'Failed', why: 'no istiod is ready', advice });
    one.tokens.wake('west');
    await one.pass();
    expect(one.happenings).toMatchObject([
      { reason: 'TokenNotRenewed', note: expect.stringContaining('Known: istiod 1.30.2 may lose the endpoints.') },
    ]);
  });

  test("the operator's own is renewed in the same turn, and looked at when it is due", async () => {
    const one = scene();
    const start = Date.parse('2030-01-01T00:00:00Z');
    one.finds.set('east', { peer: 'west', outcome: 'Current', dueAt: start + 12 * hourMs });
    one.own.set('east', { peer: 'east', outcome: 'Renewed', notAfter: start + 24 * hourMs, dueAt: start + 2 * hourMs });
    one.tokens.wake('east');
    await one.pass();
    expect(one.happenings).toMatchObject([
      {
        about: { name: 'east' },
        reason: 'TokenRenewed',
        note: 'the operator reads it with a new token, valid until 2030-01-02T00:00:00.000Z.',
      },
    ]);
    one.calls.length = 0;
    await one.pass(2 * hourMs);
    expect(one.calls).toEqual(['begun east', 'ended east']);
  });

  test('are renewed at once where the peer refuses them, and again after five minutes at the earliest', async () => {
    const one = scene();
    const start = Date.parse('2030-01-01T00:00:00Z');
    one.finds.set('west', { peer: 'east', outcome: 'Current', dueAt: start + 12 * hourMs });
    one.tokens.wake('west');
    await one.pass();
    one.calls.length = 0;
    one.tokens.refused('west', ['east']);
    await one.pass();
    expect(one.calls).toEqual(['begun west refused east', 'ended west']);
    one.calls.length = 0;
    one.tokens.refused('west', ['east']);
    await one.pass(60_000);
    expect(one.calls).toEqual([]);
    await one.pass(240_000);
    one.tokens.refused('west', ['east']);
    await one.pass();
    expect(one.calls).toEqual(['begun west refused east', 'ended west']);
  });

  test('are renewed where the peer refuses them, though a renewal that was undone rests', async () => {
    const one = scene();
    one.finds.set('west', { peer: 'east', outcome: 'Undone', why: 'istiod-1 lost 3 endpoints' });
    one.tokens.wake('west');
    await one.pass();
    one.calls.length = 0;
    one.tokens.refused('west', ['east']);
    await one.pass();
    expect(one.calls).toEqual(['begun west refused east', 'ended west']);
  });

  test('are left alone where their cluster is paused', async () => {
    const one = scene();
    one.paused.add('west');
    one.tokens.wake('west');
    await one.pass();
    expect(one.calls).toEqual([]);
  });
});
