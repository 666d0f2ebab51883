import { overlaps } from '../../base/ip-range.ts';
import type { Note } from './draft.ts';
import { type ClusterFacts, type NamedCluster, unnamed } from './facts.ts';
import { minorOf } from './names.ts';

/** What is worth a look in one cluster. */
export function clusterNotes({ name: cluster, facts, adopted, isRemote, primary, hub }: NamedCluster): readonly Note[] {
  const unread = unreadIn(facts);
  const heldBy = (facts.istiods ?? []).find((one) => one.heldBy !== undefined)?.heldBy;
  const others = (facts.istiods ?? []).filter((one) => one !== adopted && one.heldBy === undefined);
  const messages = [
    ...(facts.kubernetes === undefined ? ['the cluster did not answer: its network and Istio are guesses'] : []),
    ...(unread.length === 0 || facts.kubernetes === undefined ? [] : [`could not be read: ${unread.join(', ')}`]),
    ...(heldBy === undefined
      ? []
      : [`the cluster is part of mesh ${heldBy} already; a cluster is in one mesh of Isthmus at a time`]),
    ...(adopted === undefined
      ? []
      : [
          `its Istio ${adopted.version ?? ''} (revision ${adopted.revision}) is adopted as it is; docs/topologies/adopt.md says what it must be`,
        ]),
    ...(isRemote ? [remoteNote(facts, primary)] : []),
    ...(hub === undefined ? [] : [`an istiod for it runs in ${hub}`]),
    ...(adopted?.cluster === unnamed
      ? ['its istiod has no cluster name of its own; the plan shows the command that gives it one']
      : []),
    ...(others.length === 0
      ? []
      : [`other revisions run there too: ${others.map(({ revision }) => revision).join(', ')}`]),
  ];
  return messages.map((message) => ({ cluster, message }));
}

function remoteNote({ controlPlaneClusters }: ClusterFacts, primary: string | undefined): string {
  if (primary !== undefined) return `the istiod of ${primary} serves it`;
  const named = (controlPlaneClusters ?? []).filter((one) => one !== '*').join(', ');
  const whose = named === '' ? 'an istiod elsewhere' : `the istiod of ${named}`;
  return `${whose} injects its pods, and is in none of these clusters: add the cluster that it runs in, or say so in spec.controlPlane`;
}

function unreadIn({ podRanges, networkLabel, istiods, hosts, remotes, injectedAs }: ClusterFacts): readonly string[] {
  const parts = [
    [podRanges, 'nodes'],
    [networkLabel, 'the namespace istio-system'],
    [istiods, 'istiod'],
    [hosts, 'istiods for other clusters'],
    [injectedAs, 'injection webhooks'],
    [remotes, 'remote secrets'],
  ] as const;
  return parts.flatMap(([value, words]) => (value === null ? [words] : []));
}

/** What is worth a look between the clusters. */
export function meshNotes(
  clusters: readonly NamedCluster[],
  { name, domains }: { readonly name: string; readonly domains: readonly string[] },
): readonly Note[] {
  const adopted = clusters.flatMap((one) => one.adopted ?? []);
  const isMixed = adopted.length > 0 && clusters.some((one) => one.adopted === undefined && one.primary === undefined);
  const meshes = [...new Set(adopted.map(({ mesh }) => mesh))].filter((mesh) => mesh !== '' && mesh !== name);
  const minors = adopted.flatMap(({ version }) => Number(minorOf(version ?? '')?.split('.')[1] ?? Number.NaN));
  const known = minors.filter((minor) => !Number.isNaN(minor));
  const messages = [
    ...(domains.length > 1
      ? [`the trust domains differ (${domains.join(', ')}): clusters of one mesh share one, so the others need it too`]
      : []),
    ...(meshes.length > 0
      ? [`mesh id of the Istio that is there: ${meshes.join(', ')}; the mesh file says ${name}`]
      : []),
    ...(Math.max(...known, 0) - Math.min(...known, Number.POSITIVE_INFINITY) > 1
      ? ['the versions of Istio are more than one minor version apart; upgrade the older ones first']
      : []),
    ...(isMixed
      ? ['set spec.trust.issuer to the CA that signed the cacerts of the adopted clusters: all clusters share one root']
      : []),
  ];
  return [
    ...pairNotes(clusters),
    ...clusters.flatMap((one) => remoteNotes(one, clusters)),
    ...messages.map((message) => ({ message })),
  ];
}

/** Pods of one network call each other by address. */
function pairNotes(clusters: readonly NamedCluster[]): readonly Note[] {
  return clusters.flatMap((one, index) =>
    clusters.slice(index + 1).flatMap((other): readonly Note[] => {
      if (one.network !== other.network) return [];
      const ranges = (one.facts.podRanges ?? []).flatMap((here) =>
        (other.facts.podRanges ?? []).map((there) => [here, there] as const),
      );
      const shared = ranges.find(([here, there]) => overlaps(here, there));
      if (shared !== undefined) {
        return [
          {
            cluster: other.name,
            message: `its pods and those of ${one.name} share addresses (${shared.join(' and ')}), so one network cannot hold both: give it another spec.network`,
          },
        ];
      }
      const silent = [one, other].find(({ facts }) => (facts.podRanges ?? []).length === 0);
      if (silent === undefined) return [];
      const message = `pod ranges of ${silent.name} are unknown: on network ${one.network} they must not overlap with those of the other clusters`;
      return [{ cluster: silent.name, message }];
    }),
  );
}

function remoteNotes({ name: cluster, facts }: NamedCluster, clusters: readonly NamedCluster[]): readonly Note[] {
  const remotes = facts.remotes ?? [];
  const known = (remote: string): boolean => clusters.some(({ name }) => name === remote);
  const [inside, outside] = [remotes.filter(known), remotes.filter((remote) => !known(remote))];
  return [
    ...(inside.length === 0
      ? []
      : [
          `it reads ${inside.join(', ')} by remote secrets that Isthmus did not make: delete them before the first apply, which makes its own`,
        ]),
    ...(outside.length === 0
      ? []
      : [`it reads ${outside.join(', ')} too, by remote secrets: add those clusters where they belong to the mesh`]),
  ].map((message) => ({ cluster, message }));
}
