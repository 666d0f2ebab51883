import { afterAll, beforeAll, describe, test } from 'vitest';
import { endedWith } from '../cli.ts';
import { startTestLab, type TestLab, twoClusters } from '../lab.ts';
import { type CountedOrdeal, causesOf } from './losses.ts';
import { leads, operatorsOf, stopped } from './operators.ts';
import { expectNoneOfOurs, type Keeping, type Ordeal, within, without } from './ordeal.ts';
import { home, type Site, startSite } from './site.ts';
import type { Counted } from './steady.ts';

interface OrdealFamily {
  /** The name of its lab. */
  readonly lab: string;
  readonly ordeals: readonly Ordeal[];
  readonly say: (line: string) => void;
}

/** Puts a mesh through each ordeal, first without an operator and then with operators, on one lab. */
export function testOrdeals({ lab: name, ordeals, say }: OrdealFamily): void {
  let lab: TestLab;
  let site: Site;
  let keeping: Keeping | undefined;
  /** What was lost without an operator, by fault: the same one is in several ordeals. */
  const theirs = new Map<Ordeal['fault'], Counted>();
  const row = (who: string, what: string, { sent, losses, notReady }: CountedOrdeal): void =>
    say(`${who} | ${what} | ${sent} | ${losses.length} | ${causesOf(losses)} | node not ready: ${notReady.join(', ')}`);

  beforeAll(async () => {
    lab = await startTestLab({ name, clusters: twoClusters });
    site = await startSite(lab);
  });
  afterAll(async () => {
    await keeping?.operators[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  describe('without an operator', () => {
    const distinct = ordeals.filter(({ fault }, index) => ordeals.findIndex((one) => one.fault === fault) === index);
    for (const ordeal of distinct) {
      test(`${ordeal.name}: requests are counted`, async () => {
        const counted = await without(site, ordeal);
        theirs.set(ordeal.fault, counted);
        row('without', ordeal.name, counted);
      });
    }
  });

  describe('with operators', () => {
    let held: Keeping;
    beforeAll(async () => {
      const operators = operatorsOf(lab, home);
      held = { site, operators, leader: operators.start() };
      keeping = held;
      await held.leader.said(leads);
      await site.whole();
      await site.clients.calm();
    });

    for (const ordeal of ordeals) {
      test(`${ordeal.name}: the mesh is whole and holds what it held`, async () => {
        const counted = await within(held, ordeal);
        row('with', ordeal.name, counted);
        expectNoneOfOurs(counted, theirs.get(ordeal.fault) ?? { sent: 0, losses: [] });
      });
    }

    test('what they leave is what an apply makes', async () => {
      await stopped(held.leader);
      await site.planned();
      endedWith(0, await lab.isthmus.run(['verify', '-f', site.mesh]));
    });
  });
}
