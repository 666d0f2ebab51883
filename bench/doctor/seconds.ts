import { cutLink, healLinks } from '../../lab/src/links.ts';
import { startClusterPart, stopClusterPart } from '../../lab/src/parts.ts';
import { namespaceName } from '../../lab/src/state/paths.ts';
import { environmentOf, isthmus, meshFileIn, onClusters } from '../operator/kept-mesh.ts';
import type { Ground } from '../run.ts';
import { median } from '../statistics.ts';
import { table } from '../table.ts';
import type { PartOptions } from './bench.ts';
import { diagnosed } from './diagnosed.ts';

const names = ['c1', 'c2', 'c3'] as const;
const [seat, , lost] = names;

/**
 * A mesh of three clusters on three networks, from the network of one of them: as it is, with a cluster that refuses
 * connections, and with one of which no packet comes.
 */
export async function measureSeconds({ wanted, signal, print }: PartOptions): Promise<void> {
  await onClusters(names.length, { signal }, async (ground) => {
    const file = await meshFileIn(ground, names);
    await isthmus(ground, ['apply', '-f', file]);
    const rows: (readonly string[])[] = [];
    const measure = async (what: string, ...more: readonly string[]): Promise<void> => {
      const row = await rowOf(ground, ['-f', file, ...more], wanted.runs);
      print(`  ${what}: ${row.join(', ')}`);
      rows.push([what, ...row]);
    };
    const { name: lab } = ground.lab;
    await measure('three clusters');
    await measure('three clusters, --fast', '--fast');
    await stopClusterPart(lab, lost, 'apiserver');
    await measure('one of them refuses');
    startClusterPart(lab, lost, 'apiserver');
    await cutLink(lab, [seat, lost]);
    await measure('one of them does not answer');
    await healLinks(lab);
    print(table([['what', 'median s', 'runs', 'MiB', 'errors'], ...rows]));
  });
}

async function rowOf(ground: Ground, words: readonly string[], runs: number): Promise<readonly string[]> {
  const { lab, signal } = ground;
  const call = { signal, env: environmentOf(ground), namespace: namespaceName(lab.name, seat) };
  const all: Awaited<ReturnType<typeof diagnosed>>[] = [];
  for (let index = 0; index < runs; index += 1) all.push(await diagnosed(words, call));
  return [
    median(all.map(({ seconds }) => seconds)).toFixed(1),
    all.map(({ seconds }) => seconds.toFixed(1)).join(' '),
    median(all.map(({ mib }) => mib)).toFixed(0),
    [...new Set(all.flatMap(({ errors }) => errors))].join('; ') || 'none',
  ];
}
