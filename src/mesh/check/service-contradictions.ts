import { isJsonObject, type Json, valueAt } from '../../base/json.ts';
import { keySpot, type MeshDocument, type Mistake } from './form.ts';

/** The fields of a MeshService's spec as written. */
type Spec = Readonly<Record<string, Json | undefined>>;

interface Contradiction {
  /** The field that stands out; reported where it is given. */
  readonly key: string;
  readonly holds: (spec: Spec) => boolean;
  readonly message: string;
  readonly remedy: string;
}

const given = (spec: Spec, ...keys: readonly string[]): boolean => keys.some((key) => spec[key] !== undefined);
const isWildcard = ({ host }: Spec): boolean => typeof host === 'string' && host.startsWith('*');
const isManual = ({ failoverMode }: Spec): boolean => failoverMode === 'Manual';

/** Pairs of fields that exclude each other; the API server judges the same of an object (src/api/mesh-service.ts). */
const table: readonly Contradiction[] = [
  ...['split', 'failover', 'prefer'].map((key) => ({
    key,
    holds: ({ scope }: Spec) => scope === 'Cluster',
    message: `scope: Cluster keeps every request in its cluster, ${key} sends it to others`,
    remedy: `remove ${key}, or write scope: Mesh`,
  })),
  {
    key: 'failover',
    holds: (spec) => given(spec, 'split'),
    message: 'a split binds each request to one cluster, so failover can never happen',
    remedy: 'remove one of the two',
  },
  {
    key: 'prefer',
    holds: (spec) => given(spec, 'split'),
    message: 'a split binds each request before its endpoints are looked at, so prefer has nothing to choose from',
    remedy: 'remove one of the two',
  },
  {
    key: 'split',
    holds: isWildcard,
    message: 'a split is for one service, not for a wildcard',
    remedy: 'name the service in spec.host',
  },
  {
    key: 'split',
    holds: ({ split }) => hasSameSubsets(split),
    message: 'two names of split differ only in what the names of subsets may not have: capitals, "." and "_"',
    remedy: 'give one of the two another name, in the labels of the pods as well',
  },
  {
    key: 'splitBy',
    holds: (spec) => !given(spec, 'split'),
    message: 'splitBy says what split names, and there is no split',
    remedy: 'add split, or remove splitBy',
  },
  {
    key: 'versionLabel',
    holds: ({ splitBy }) => splitBy !== 'Version',
    message: 'versionLabel is for a split by version',
    remedy: 'write splitBy: Version, or remove versionLabel',
  },
  {
    key: 'failoverMode',
    holds: (spec) => !given(spec, 'failover', 'prefer'),
    message: 'failoverMode says when others answer, and neither failover nor prefer names any',
    remedy: 'add failover or prefer, or remove failoverMode',
  },
  {
    key: 'failoverMode',
    holds: (spec) => isManual(spec) && !given(spec, 'active'),
    message: 'failoverMode: Manual sends requests to the cluster that active names, and there is none',
    remedy: 'add active with the cluster that answers now',
  },
  {
    key: 'failoverMode',
    holds: (spec) => isManual(spec) && given(spec, 'prefer') && !given(spec, 'failover'),
    message: 'failoverMode: Manual has clusters on standby, and failover names none',
    remedy: 'add failover with the clusters that stand by',
  },
  {
    key: 'failoverMode',
    holds: (spec) => isManual(spec) && isWildcard(spec),
    message: 'failoverMode: Manual is for one service, not for a wildcard',
    remedy: 'name the service in spec.host',
  },
  {
    key: 'prefer',
    holds: isManual,
    message: 'failoverMode: Manual sends every request to the active cluster, so prefer has nothing to choose from',
    remedy: 'remove prefer, or choose another mode',
  },
  {
    key: 'active',
    holds: (spec) => !isManual(spec),
    message: 'active is for failoverMode: Manual: in the other modes endpoints decide who answers',
    remedy: 'write failoverMode: Manual, or remove active',
  },
];

/** The fields of a MeshService that exclude each other. */
export function contradictions(service: MeshDocument, title: string): Mistake[] {
  const value = valueAt(service.value, ['spec']);
  const spec: Spec = isJsonObject(value) ? value : {};
  return table
    .filter(({ key, holds }) => given(spec, key) && holds(spec))
    .map(({ key, message, remedy }) => ({
      code: 'service-contradiction',
      message: `${title}: ${message}`,
      remedy,
      spot: keySpot(service, ['spec', key]),
    }));
}

/** As src/istio/mesh-service.ts names the subsets of values. */
function hasSameSubsets(split: Json | undefined): boolean {
  if (!isJsonObject(split)) return false;
  const names = Object.keys(split).map((name) => name.toLowerCase().replaceAll(/[._]/g, '-'));
  return new Set(names).size < names.length;
}
