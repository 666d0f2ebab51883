import { describe, expect, test } from 'vitest';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { lineUp } from './turns.ts';

const [west, east, south] = ['west', 'east', 'south'].map((name) => clusterName.parse(name)) as [
  ReturnType<typeof clusterName.parse>,
  ReturnType<typeof clusterName.parse>,
  ReturnType<typeof clusterName.parse>,
];
const all = [west, east, south];

/** Lets everything that can happen now happen. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns += 1) await Promise.resolve();
}

describe('istiods that serve', () => {
  test('change one after the other', async () => {
    const line = lineUp(all, all);
    const order: string[] = [];
    const runs = all.map(async (cluster) => {
      line.rightsOf(cluster).provide();
      await line.turnOf(cluster)?.begin();
      order.push(`${cluster} begins`);
      await settle();
      order.push(`${cluster} ends`);
      line.turnOf(cluster)?.end.provide();
    });
    await Promise.all(runs);
    expect(order).toEqual(['west begins', 'west ends', 'east begins', 'east ends', 'south begins', 'south ends']);
  });

  test('wait until every cluster has given the rights, or has failed', async () => {
    const line = lineUp(all, [east]);
    let begun = false;
    const turn = line
      .turnOf(east)
      ?.begin()
      .then(() => {
        begun = true;
      });
    line.rightsOf(west).provide();
    await settle();
    expect(begun).toBe(false);
    line.rightsOf(south).fail(new IsthmusError('cluster-unreachable', 'it is gone'));
    await turn;
    expect(begun).toBe(true);
    expect([west, south].map(line.turnOf)).toEqual([undefined, undefined]);
  });

  test('are left as they are once one has failed, and each says why', async () => {
    const line = lineUp(all, all);
    for (const cluster of all) line.rightsOf(cluster).provide();
    line.turnOf(west)?.end.fail(new IsthmusError('timeout', 'gave up waiting until istiod is available'));
    const error = await line
      .turnOf(east)
      ?.begin()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'timeout', cluster: 'east' });
    line.turnOf(east)?.end.fail(error as IsthmusError);
    await expect(line.turnOf(south)?.begin()).rejects.toMatchObject({
      message:
        'south: its istiod is left as it is, because the same change failed before: gave up waiting until istiod is available',
    });
  });
});
