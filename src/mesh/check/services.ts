import { isJsonObject, type Json, type JsonObject, valueAt } from '../../base/json.ts';
import { nearMatch } from '../../base/near-match.ts';
import { keySpot, type MeshDocument, type Mistake, valueSpot } from './form.ts';
import { contradictions } from './service-contradictions.ts';
import { quote, quoteKey } from './wording.ts';

/** What MeshServices may name. */
export interface NamedPlaces {
  readonly clusters: readonly string[];
  readonly networks: readonly string[];
}

/** What is wrong with the MeshServices of a mesh with these clusters and networks; documents are compared as written. */
export function serviceMistakes(services: readonly MeshDocument[], places: NamedPlaces): Mistake[] {
  return services.flatMap((service) => {
    const title = titleOf(service);
    return [
      ...contradictions(service, title),
      ...splitMistakes(service, title),
      ...(places.clusters.length === 0 ? [] : nameMistakes(service, title, places)),
    ];
  });
}

function specOf({ value }: MeshDocument, key: string): Json | undefined {
  return valueAt(value, ['spec', key]);
}

function splitOf(service: MeshDocument): JsonObject {
  const split = specOf(service, 'split');
  return isJsonObject(split) ? split : {};
}

function titleOf({ value }: MeshDocument): string {
  const name = valueAt(value, ['metadata', 'name']);
  return typeof name === 'string' ? `MeshService ${quoteKey(name)}` : 'MeshService';
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

/** The clusters and networks that a service names and that are not among the declared ones. */
function nameMistakes(service: MeshDocument, title: string, { clusters, networks }: NamedPlaces): Mistake[] {
  const by = specOf(service, 'splitBy') ?? 'Cluster';
  const keys = by === 'Version' ? [] : Object.keys(splitOf(service));
  const failover = specOf(service, 'failover');
  const active = specOf(service, 'active');
  const kind = by === 'Network' ? 'network' : 'cluster';
  const named = [
    ...keys.map((name) => ({ name, key: 'split', kind, spot: keySpot(service, ['spec', 'split', name]) }) as const),
    ...(Array.isArray(failover) ? failover : []).flatMap((entry: Json, index) => {
      const name = isJsonObject(entry) ? entry.to : undefined;
      const spot = valueSpot(service, ['spec', 'failover', index, 'to']);
      return typeof name === 'string' ? [{ name, key: 'failover', kind: 'cluster', spot } as const] : [];
    }),
    ...(typeof active === 'string'
      ? [{ name: active, key: 'active', kind: 'cluster', spot: valueSpot(service, ['spec', 'active']) } as const]
      : []),
  ];
  return named.flatMap(({ name, key, kind: of, spot }) => {
    const known = of === 'network' ? networks : clusters;
    if (known.includes(name)) return [];
    const near = nearMatch(name, known);
    const what = of === 'network' ? 'on which no MeshCluster is declared to be' : 'which no MeshCluster declares';
    return [
      {
        code: of === 'network' ? 'network-unknown' : 'cluster-unknown',
        message: `${title}: ${key} names the ${of} ${quote(name)}, ${what}`,
        remedy: near === undefined ? `declared are: ${[...new Set(known)].join(', ')}` : `did you mean ${near}?`,
        spot,
      },
    ];
  });
}
