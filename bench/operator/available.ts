import { openContext } from '../../src/fleet/fleet.ts';
import { systemNamespace } from '../../src/objects/ownership.ts';
import { processPorts } from '../process-ports.ts';
import type { Ground } from '../run.ts';
import { alternating, median } from '../statistics.ts';
import { table } from '../table.ts';
import type { PartOptions } from './bench.ts';
import { areAvailable, untilConditions } from './conditions.ts';
import {
  clusterDocument,
  documentText,
  environmentOf,
  home,
  isthmus,
  kubectl,
  meshFileIn,
  onTwoClusters,
  program,
  remote,
} from './kept-mesh.ts';
import { startOperator } from './process.ts';

const ways = ['the operator', 'isthmus apply'] as const;

/** A cluster joins a mesh of one: by its document and an operator, and by `isthmus apply` of the file that has it. */
export async function measureAvailable({ wanted, signal, print }: PartOptions): Promise<void> {
  const seconds = new Map<string, number[]>(ways.map((way) => [way, []]));
  for (const way of alternating(ways, wanted.runs)) {
    await onTwoClusters({ signal }, async (ground) => {
      await isthmus(ground, ['apply', '-f', await meshFileIn(ground, [home])]);
      const took = way === 'the operator' ? await byOperator(ground) : await byApply(ground);
      print(`  ${took.toFixed(1).padStart(5)} s  ${way}`);
      seconds.get(way)?.push(took);
    });
  }
  const rows = [...seconds].map(([way, all]) => [
    way,
    median(all).toFixed(1),
    all.map((one) => one.toFixed(1)).join(' '),
  ]);
  print(
    `\nseconds until a second cluster is part of a mesh: until its document is Available, and until the command ends`,
  );
  print(table([['way', 'median', 'runs'], ...rows]));
}

async function byOperator(ground: Ground): Promise<number> {
  const { signal, lab } = ground;
  await isthmus(ground, ['operator', 'grant', '--context', remote, '--home', home]);
  await using client = await openContext(home, processPorts(lab.env));
  await using _operator = await startOperator({ program, home, env: environmentOf(ground), signal });
  await untilConditions(client, { until: areAvailable([home]), awaited: `${home} is Available`, signal });
  const begun = performance.now();
  await kubectl(ground, home, ['-n', systemNamespace, 'apply', '-f', '-'], documentText(clusterDocument(remote)));
  const until = areAvailable([home, remote]);
  const at = await untilConditions(client, { until, awaited: 'both are Available', signal });
  return (at - begun) / 1000;
}

async function byApply(ground: Ground): Promise<number> {
  return await isthmus(ground, ['apply', '-f', await meshFileIn(ground, [home, remote])]);
}
