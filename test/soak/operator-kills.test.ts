import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, test } from 'vitest';
import { endedWith } from '../support/cli.ts';
import { startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { causesOf } from '../support/operator/losses.ts';
import { leads, operatorsOf, stopped, waits } from '../support/operator/operators.ts';
import { expectNoneOfOurs, type Keeping, type Ordeal, within, without } from '../support/operator/ordeal.ts';
import { home, type Site, startSite } from '../support/operator/site.ts';
import type { Counted } from '../support/operator/steady.ts';
import { numbers } from '../support/random.ts';
import { say, soakSeed } from './seed.ts';

/** Beside the three of every run of the tests. */
const kills = 47;
/** From what is lost to the kill of the leader at most: it is restored within less. */
const mostMs = 2_000;

let lab: TestLab;
let site: Site;
let keeping: Keeping | undefined;
let theirs: Counted;
const next = numbers(soakSeed);

beforeAll(async () => {
  lab = await startTestLab({ name: 'soak-op-kill', clusters: twoClusters });
  site = await startSite(lab);
  say(`seed ${soakSeed}`);
});
afterAll(async () => {
  await keeping?.operators[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

async function loseOne(): Promise<void> {
  await site.lose(next() < 0.5 ? 'west' : 'east');
}

/** The leader is killed at a random moment of its work; another one finishes it. Gives the one that waits then. */
async function killLeader(held: Keeping, standby: Keeping['leader']): Promise<Keeping['leader']> {
  const { operators, leader } = held;
  const before = await Promise.all([site.expendable('west'), site.expendable('east')]);
  await Promise.all([site.lose('west'), site.lose('east')]);
  await delay(next() * mostMs);
  leader.kill('SIGKILL');
  const after = operators.start();
  // What one of the two has put back by now goes again.
  await loseOne();
  // Whichever asks first when the Lease has ended: on a busy machine it may be the new one.
  held.leader = await Promise.race([standby, after].map((one) => one.said(leads).then(() => one)));
  await Promise.all([site.back('west', before[0]), site.back('east', before[1])]);
  const waiting = held.leader === standby ? after : standby;
  await waiting.said(waits);
  return waiting;
}

const killed: Ordeal = {
  name: `the leader is killed ${kills} times while objects go`,
  fault: async () => {
    for (let count = 0; count < kills; count += 1) await Promise.all([site.lose('west'), site.lose('east')]);
  },
  around: async (held) => {
    let standby = held.operators.start();
    await standby.said(waits);
    const from = Date.now();
    for (let count = 1; count <= kills; count += 1) {
      standby = await killLeader(held, standby);
      const { sent, losses } = await site.clients.counted(from, Date.now());
      say(`with, after ${count} kills | ${sent} | ${losses.length} | ${causesOf(losses)}`);
    }
    await stopped(standby);
  },
};

test('without an operator requests are counted while objects go', async () => {
  theirs = await without(site, killed);
  say(`without | ${theirs.sent} | ${theirs.losses.length} | ${causesOf(theirs.losses)}`);
});

test(`another takes over from each of ${kills} leaders that are killed, and the mesh is whole`, async () => {
  const operators = operatorsOf(lab, home);
  keeping = { site, operators, leader: operators.start() };
  await keeping.leader.said(leads);
  await site.whole();
  await site.clients.calm();
  const ours = await within(keeping, killed);
  say(`with | ${ours.sent} | ${ours.losses.length} | ${causesOf(ours.losses)}`);
  expectNoneOfOurs(ours, theirs);
});

test('what they leave is what an apply makes', async () => {
  await site.planned();
  endedWith(0, await lab.isthmus.run(['verify', '-f', site.mesh]));
});
