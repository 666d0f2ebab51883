import { expect } from 'vitest';
import { pausedAnnotation } from '../../../src/api/mesh-cluster-status.ts';
import type { RunningProgram } from '../program.ts';
import { type CountedOrdeal, causesOf, lossesOfOurs } from './losses.ts';
import { leads, type Operators, stopped } from './operators.ts';
import { expectHeld, grant, home, inSystem, type Site } from './site.ts';
import type { Counted } from './steady.ts';

/** Something that clusters and operators have to go through. */
export interface Ordeal {
  readonly name: string;
  /** What happens to the clusters: the same with an operator and without. */
  readonly fault: (site: Site) => Promise<void>;
  /** What is done with operators, and when the fault comes in it; left out, nothing but the fault. */
  readonly around?: (keeping: Keeping, fault: () => Promise<void>) => Promise<void>;
  /** What is recreated in it, beside what the site loses. */
  readonly replaces?: RegExp;
}

/** Operators that keep the mesh of a site. */
export interface Keeping {
  readonly site: Site;
  readonly operators: Operators;
  /** The one that leads between two ordeals. */
  leader: RunningProgram;
}

const expendable = /PodDisruptionBudget istio-system\/istiod$/;

/** Ends the leader and has another one lead in its place. */
export async function replaceLeader(
  keeping: Keeping,
  how: Parameters<Operators['start']>[0] = {},
): Promise<RunningProgram> {
  await stopped(keeping.leader);
  keeping.leader = keeping.operators.start(how);
  await keeping.leader.said(leads);
  return keeping.leader;
}

/** The requests of an ordeal without an operator, after which a person applies the mesh file. */
export async function without(site: Site, { fault }: Ordeal): Promise<CountedOrdeal> {
  return await counting(site, async () => {
    await fault(site);
    await site.apply();
  });
}

/** The requests of an ordeal with operators. At its end the mesh is whole, and holds what it held before. */
export async function within(keeping: Keeping, { fault, around, replaces }: Ordeal): Promise<CountedOrdeal> {
  const { site } = keeping;
  const before = await site.held();
  const counted = await counting(site, async () => {
    const once = async (): Promise<void> => await fault(site);
    try {
      await (around === undefined ? once() : around(keeping, once));
      await site.whole();
    } catch (error) {
      const text = await startOver(keeping).catch((later: unknown) => `${error}\n\nand then: ${later}`);
      throw text === undefined ? error : new Error(text, { cause: error });
    }
  });
  const replaced = replaces === undefined ? expendable : new RegExp(`${expendable.source}|${replaces.source}`);
  expectHeld(before, await site.held(), replaced);
  return counted;
}

/** So that an ordeal that failed is no part of the next one. */
async function startOver(keeping: Keeping): Promise<undefined> {
  const { operators, site } = keeping;
  await operators[Symbol.asyncDispose]();
  await site.lab.kubectl(home, ...inSystem, 'annotate', 'meshclusters', '--all', `${pausedAnnotation}-`);
  keeping.leader = operators.start();
  await keeping.leader.said(leads);
  await grant(site.lab, 'east');
  await site.lab.isthmus.run(['apply', '-f', site.mesh]);
}

async function counting(site: Site, work: () => Promise<void>): Promise<CountedOrdeal> {
  const from = Date.now();
  await work();
  const to = Date.now();
  await site.clients.calm();
  return { ...(await site.clients.counted(from, to)), notReady: await site.notReadySince(from) };
}

/** Fails where a request was lost of which the operator is the cause. */
export function expectNoneOfOurs(ours: CountedOrdeal, theirs: Counted): void {
  expect(lossesOfOurs(ours, theirs), causesOf(ours.losses)).toEqual([]);
}
