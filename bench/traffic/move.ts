import { setTimeout as pause } from 'node:timers/promises';
import { isthmus, kubectl, onTwoClusters } from '../operator/kept-mesh.ts';
import { type Counted, lost, startLoad } from '../operator/rotation/load.ts';
import type { Ground } from '../run.ts';
import { median } from '../statistics.ts';
import { table } from '../table.ts';
import type { PartOptions } from './bench.ts';
import { byHandObjects } from './by-hand.ts';
import { blue, declare, deployMoved, green, namespace, type Split, service, url } from './moved-service.ts';

/** From each cluster. */
const perSecond = 100;
const steps = [5, 25, 50, 100] as const;
/** How long the shares of a step hold. */
const stepMs = 5_000;

interface Move {
  readonly seconds: number;
  readonly counted: readonly Counted[];
}

/** Whole moves of a service from one cluster to the other, the old one leaving at the end; and the steps alone by kubectl. */
export async function measureMoves({ wanted, signal, print }: PartOptions): Promise<void> {
  const { moves, peer } = wanted;
  await onTwoClusters({ signal }, async (ground) => {
    const byHand: Move[] = [];
    for (let count = 1; count <= peer; count += 1) byHand.push(await moveByHand(ground, signal));
    const ours: Move[] = [];
    for (let count = 1; count <= moves; count += 1) ours.push(await move(ground));
    const rows = [
      ['the steps, by kubectl', byHand] as const,
      ['the steps, and the cluster leaves', ours] as const,
    ].flatMap(([who, all]) => (all.length === 0 ? [] : [rowOf(who, all)]));
    print(`\n${table([['what', 'moves', 'requests', 'lost', 'lost in each', 'seconds, median'], ...rows])}`);
    for (const { counted } of [...byHand, ...ours]) {
      if (counted.some((one) => lost(one) > 0)) print(`how they were lost, by client: ${JSON.stringify(counted)}`);
    }
  });
}

function rowOf(what: string, moves: readonly Move[]): readonly string[] {
  const lostInEach = moves.map(({ counted }) => counted.reduce((sum, one) => sum + lost(one), 0));
  const sent = moves.flatMap(({ counted }) => counted.map((one) => one.sent)).reduce((sum, one) => sum + one, 0);
  const allLost = lostInEach.reduce((sum, one) => sum + one, 0);
  const seconds = median(moves.map((one) => one.seconds)).toFixed(1);
  return [what, `${moves.length}`, `${sent}`, `${allLost}`, lostInEach.join(' '), seconds];
}

/** Clients in both clusters; the one in blue stops before that leaves. */
async function move(ground: Ground): Promise<Move> {
  const before = { [blue]: 100, [green]: 0 };
  await deployMoved(ground, before);
  const file = await declare(ground, [green, blue], before);
  const own = startLoad(ground, { from: green, url, perSecond });
  const other = startLoad(ground, { from: blue, url, perSecond });
  await Promise.all([own.ready, other.ready]);
  const started = performance.now();
  try {
    const name = `${service}.${namespace}`;
    const pace = ['--steps', steps.join(','), '--every', `${stepMs / 1000}s`, '--abort-on', 'errors>+1%'];
    await isthmus(ground, ['shift', name, '--to', green, ...pace, '--expires', '1h', '-f', file]);
    await isthmus(ground, ['shift', 'promote', name, '-f', file]);
    other.stop();
    await other.counted;
    await declare(ground, [green, blue], { [green]: 100 });
    await isthmus(ground, ['leave', blue, '-f', file, '--yes']);
    await declare(ground, [green]);
    await isthmus(ground, ['apply', '-f', file]);
  } finally {
    other.stop();
    own.stop();
  }
  const seconds = (performance.now() - started) / 1000;
  return { seconds, counted: await Promise.all([own.counted, other.counted]) };
}

/** The same shares at the same pace, written into one cluster after the other, and taken away at the end. */
async function moveByHand(ground: Ground, signal: AbortSignal): Promise<Move> {
  await deployMoved(ground);
  const loads = [green, blue].map((from) => startLoad(ground, { from, url, perSecond }));
  await Promise.all(loads.map(({ ready }) => ready));
  const started = performance.now();
  const write = async (split: Split): Promise<void> => {
    const objects = byHandObjects(split);
    for (const cluster of [green, blue]) await kubectl(ground, cluster, ['apply', '-f', '-'], objects);
    await pause(stepMs, undefined, { signal });
  };
  try {
    for (const share of [0, ...steps]) await write({ [blue]: 100 - share, [green]: share });
  } finally {
    for (const load of loads) load.stop();
  }
  const seconds = (performance.now() - started) / 1000;
  const counted = await Promise.all(loads.map((load) => load.counted));
  for (const cluster of [green, blue]) {
    await kubectl(ground, cluster, ['delete', '-f', '-'], byHandObjects({ [blue]: 0, [green]: 100 }));
  }
  return { seconds, counted };
}
