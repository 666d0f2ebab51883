import { expect } from 'vitest';
import type { ApplyReport } from '../../src/apply/run/report.ts';
import { describeRef } from '../../src/objects/object.ts';
import type { Stored } from './etcd.ts';
import { dieAfter, type Rule } from './fault-proxy.ts';
import { type HeldState, heldState, unnamed } from './held-state.ts';
import { type ApplyOptions, applyAs, leaseRef, memoryRoots, type OneCluster } from './one-cluster.ts';

/** One request at a time: the same order in each run, so that the k-th write is always the same. */
const inOrder = { limits: { start: 1, max: 1 } } as const;

export const passing: Rule = () => ({ kind: 'Pass' });

/** Why an apply did not bring the cluster to what the mesh wants. */
export function problems({ clusters }: ApplyReport): readonly string[] {
  return clusters.flatMap((outcome) => {
    if (outcome.outcome === 'Failed') return [`${outcome.error.message} [${outcome.error.code}]`];
    if (outcome.outcome === 'Left') return ['left out'];
    return (outcome.pruned?.failed ?? []).map(({ ref, reason }) => `${describeRef(ref)}: ${reason}`);
  });
}

/** An apply through the proxy under a rule. */
export async function applyUnder(one: OneCluster, rule: Rule, options: ApplyOptions = {}): Promise<ApplyReport> {
  one.proxy.begin(rule);
  await using client = await one.connect();
  return await applyAs(one, client, options);
}

/** The resources that an apply that nothing disturbs writes, in their order. */
export async function undisturbedWrites(one: OneCluster): Promise<readonly string[]> {
  one.proxy.begin();
  await using client = await one.connect(inOrder);
  expect(problems(await applyAs(one, client))).toEqual([]);
  return one.proxy.requests.filter(({ isWrite }) => isWrite).map(({ resource }) => resource);
}

export interface Kills {
  readonly from: Stored;
  readonly expected: HeldState;
  readonly first?: number;
  readonly last?: number;
  /** Every write is killed at where this is 1, which is the default. */
  readonly every?: number;
}

/**
 * Kills an apply after each number of writes until one ends; the next run must leave everything as if nothing had
 * happened. Gives the number of writes after which one ended.
 */
export async function killEverywhere(
  one: OneCluster,
  { from, expected, first = 0, last = Number.POSITIVE_INFINITY, every = 1 }: Kills,
  options: ApplyOptions = {},
): Promise<number> {
  await one.etcd.restore(from);
  const before = new Set(await unnamed(one, 'shop'));
  for (let count = first; count <= last; count += every) {
    await one.etcd.restore(from);
    const known = { ...options, roots: options.roots ?? memoryRoots() };
    if ((await killedAfter(one, count, known)) === 'Ended') return count;
    const made = (await unnamed(one, 'shop')).filter((name) => !before.has(name));
    expect(made, `not in the inventory after write ${count}`).toEqual([]);
    // As if the 15 s had passed after which the dead one's lock ends.
    await one.direct.delete(leaseRef);
    expect(problems(await applyUnder(one, passing, known)), `after a kill at write ${count}`).toEqual([]);
    expect(await heldState(one), `after a kill at write ${count}`).toEqual(expected);
  }
  return last;
}

/** An apply whose process is killed after so many writes. `Ended`: it had no more of them. */
async function killedAfter(one: OneCluster, count: number, options: ApplyOptions): Promise<'Killed' | 'Ended'> {
  one.proxy.begin(dieAfter(count));
  await using client = await one.connect(inOrder);
  // A dead process sends nothing more: what is under way ends with the connections, what is not begun never begins.
  const killed = one.proxy.death.then(() => client[Symbol.asyncDispose]()).then(() => 'Killed' as const);
  const ended = applyAs(one, client, options).then(
    (report) => (problems(report).length === 0 ? 'Ended' : 'Killed'),
    () => 'Killed' as const,
  );
  const outcome = await ended;
  if (outcome === 'Killed') await killed;
  return outcome;
}
