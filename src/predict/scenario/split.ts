import { IsthmusError } from '../../base/error.ts';

/** How the requests of a service are divided between clusters, in percent that add up to 100. */
export interface Split {
  readonly name: string;
  readonly namespace: string;
  readonly weights: Readonly<Record<string, number>>;
}

/** Reads `reviews.shop:west=30,east=70`. Throws `usage` for other forms and for clusters that the mesh does not have. */
export function parseSplit(text: string, clusters: readonly string[]): Split {
  const [, name = '', namespace = '', list = ''] = form.exec(text) ?? [];
  if (name === '') {
    return wrong(`"${text}" is not a split of a service`, 'write for example reviews.shop:west=30,east=70');
  }
  const parts = list.split(',').map((part) => part.split('='));
  const unknown = parts.find(([cluster = '']) => !clusters.includes(cluster));
  if (unknown !== undefined) {
    return wrong(`${text}: there is no cluster "${unknown[0]}"`, `name one of the clusters ${clusters.join(', ')}`);
  }
  const weights = Object.fromEntries(parts.map(([cluster = '', weight]) => [cluster, Number(weight)]));
  if (Object.keys(weights).length < parts.length) {
    return wrong(`${text} names a cluster twice`, 'name each cluster once');
  }
  const sum = Object.values(weights).reduce((all, weight) => all + weight, 0);
  if (sum !== 100) return wrong(`${text}: the weights add up to ${sum}`, 'choose weights that add up to 100');
  return { name, namespace, weights };
}

const form = /^([a-z0-9-]+)\.([a-z0-9-]+):([A-Za-z0-9._-]+=\d{1,3}(?:,[A-Za-z0-9._-]+=\d{1,3})*)$/;

/** As it is read. */
export function splitText({ name, namespace, weights }: Split): string {
  const parts = Object.entries(weights).map(([cluster, weight]) => `${cluster}=${weight}`);
  return `${name}.${namespace}:${parts.join(',')}`;
}

function wrong(problem: string, remedy: string): never {
  throw new IsthmusError('usage', problem, { remedy });
}
