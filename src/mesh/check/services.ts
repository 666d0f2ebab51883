import { isJsonObject, type Json, valueAt } from '../../base/json.ts';
import { nearMatch } from '../../base/near-match.ts';
import { keySpot, type MeshDocument, type Mistake, valueSpot } from './form.ts';
import { quote, quoteKey } from './wording.ts';

/** What is wrong with the MeshServices of a mesh with these clusters; documents are compared as written. */
export function serviceMistakes(services: readonly MeshDocument[], clusters: readonly string[]): Mistake[] {
  return services.flatMap((service) => {
    const title = titleOf(service);
    return [
      ...contradictions(service, title),
      ...splitMistakes(service, title),
      ...(clusters.length === 0 ? [] : clusterMistakes(service, title, clusters)),
    ];
  });
}

function specOf({ value }: MeshDocument, key: string): Json | undefined {
  return valueAt(value, ['spec', key]);
}

function titleOf({ value }: MeshDocument): string {
  const name = valueAt(value, ['metadata', 'name']);
  return typeof name === 'string' ? `MeshService ${quoteKey(name)}` : 'MeshService';
}

function contradictions(service: MeshDocument, title: string): Mistake[] {
  const [host, scope, split, failover] = ['host', 'scope', 'split', 'failover'].map((key) => specOf(service, key));
  const found = (key: string, message: string, remedy: string): Mistake => {
    const spot = keySpot(service, ['spec', key]);
    return { code: 'service-contradiction', message: `${title}: ${message}`, remedy, spot };
  };
  const mistakes: Mistake[] = [];
  for (const [key, value] of Object.entries({ split, failover })) {
    if (scope !== 'Cluster' || value === undefined) continue;
    const message = `scope: Cluster keeps every request in its cluster, ${key} sends it to others`;
    mistakes.push(found(key, message, `remove ${key}, or write scope: Mesh`));
  }
  if (split !== undefined && failover !== undefined) {
    const message = 'a split binds each request to one cluster, so failover can never happen';
    mistakes.push(found('failover', message, 'remove one of the two'));
  }
  if (split !== undefined && typeof host === 'string' && host.startsWith('*')) {
    mistakes.push(found('split', 'a split is for one service, not for a wildcard', 'name the service in spec.host'));
  }
  return mistakes;
}

function splitMistakes(service: MeshDocument, title: string): Mistake[] {
  const split = specOf(service, 'split');
  if (!isJsonObject(split)) return [];
  const shares = Object.values(split);
  if (!shares.every((share) => typeof share === 'number')) return [];
  const sum = shares.reduce((total, share) => total + share, 0);
  if (sum === 100) return [];
  return [
    {
      code: 'split-sum',
      message: `${title}: the shares of spec.split add up to ${sum}, not to 100`,
      remedy: 'change the shares so that their sum is 100',
      spot: keySpot(service, ['spec', 'split']),
    },
  ];
}

/** The clusters that a service names and that are not among the declared ones, of which there is at least one. */
function clusterMistakes(service: MeshDocument, title: string, clusters: readonly string[]): Mistake[] {
  const split = specOf(service, 'split');
  const failover = specOf(service, 'failover');
  const named = [
    ...Object.keys(isJsonObject(split) ? split : {}).map((name) => {
      return { name, key: 'split', spot: keySpot(service, ['spec', 'split', name]) };
    }),
    ...(Array.isArray(failover) ? failover : []).flatMap((entry: Json, index) => {
      const name = isJsonObject(entry) ? entry.to : undefined;
      const spot = valueSpot(service, ['spec', 'failover', index, 'to']);
      return typeof name === 'string' ? [{ name, key: 'failover', spot }] : [];
    }),
  ];
  return named
    .filter(({ name }) => !clusters.includes(name))
    .map(({ name, key, spot }) => {
      const near = nearMatch(name, clusters);
      return {
        code: 'cluster-unknown',
        message: `${title}: ${key} names the cluster ${quote(name)}, which no MeshCluster declares`,
        remedy: near === undefined ? `declared are: ${clusters.join(', ')}` : `did you mean ${near}?`,
        spot,
      };
    });
}
