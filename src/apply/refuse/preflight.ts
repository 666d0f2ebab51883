import { apiGroup } from '../../api/crd.ts';
import type { ClusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import type { Fleet, OpenMember } from '../../fleet/fleet.ts';
import { describeRight, mayI, type Right } from '../../fleet/identity.ts';
import { istioNamespace } from '../../istio/names.ts';
import { systemNamespace } from '../../objects/ownership.ts';
import type { Topology } from '../../topology/topology.ts';
import { topologyRights } from './topology-rights.ts';

const everything: Right = { verb: '*', group: '*', resource: '*' };
const apply = ['get', 'list', 'watch', 'create', 'patch'] as const;

interface Resources {
  readonly group: string;
  readonly resources: readonly string[];
  /** Left out: cluster-wide. */
  readonly namespaces?: readonly string[];
}

/** What an apply reads and writes, by group. */
const applied: readonly Resources[] = [
  { group: '', resources: ['namespaces'] },
  { group: '', resources: ['configmaps', 'secrets'], namespaces: [istioNamespace, systemNamespace] },
  { group: '', resources: ['services', 'serviceaccounts'], namespaces: [istioNamespace] },
  { group: 'apps', resources: ['deployments'], namespaces: [istioNamespace] },
  { group: 'autoscaling', resources: ['horizontalpodautoscalers'], namespaces: [istioNamespace] },
  { group: 'policy', resources: ['poddisruptionbudgets'], namespaces: [istioNamespace] },
  { group: 'apiextensions.k8s.io', resources: ['customresourcedefinitions'] },
  { group: 'rbac.authorization.k8s.io', resources: ['clusterroles', 'clusterrolebindings'] },
  { group: 'rbac.authorization.k8s.io', resources: ['roles', 'rolebindings'], namespaces: [istioNamespace] },
  {
    group: 'admissionregistration.k8s.io',
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
  },
  { group: 'networking.istio.io', resources: ['gateways'], namespaces: [istioNamespace] },
  { group: 'coordination.k8s.io', resources: ['leases'], namespaces: [systemNamespace] },
];

/** The rights that an apply needs in every cluster. */
export const applyRights: readonly Right[] = [
  ...applied.flatMap(({ group, resources, namespaces }) =>
    resources.flatMap((resource) =>
      apply.flatMap((verb): readonly Right[] =>
        namespaces === undefined
          ? [{ verb, group, resource }]
          : namespaces.map((namespace) => ({ verb, group, resource, namespace })),
      ),
    ),
  ),
  // istiod's pods are asked which clusters they have synced; a dry run of a pod shows that injection works.
  { verb: 'list', group: '', resource: 'pods', namespace: istioNamespace },
  { verb: 'create', group: '', resource: 'pods', namespace: istioNamespace },
  { verb: 'create', group: '', resource: 'pods/portforward', namespace: istioNamespace },
];

/** What the home cluster grants besides: the mesh's documents live there. */
export const homeRights: readonly Right[] = ['meshes', 'meshclusters', 'meshservices'].flatMap((resource) =>
  apply.map((verb): Right => ({ verb, group: apiGroup, resource })),
);

/** A cluster that is merely not there costs its own part; anything else about it must be put right first. */
function isAbsence({ code }: IsthmusError): boolean {
  return code === 'cluster-unreachable' || code === 'timeout';
}

/** A plan only reads. */
export type Purpose = 'Apply' | 'Plan';

export interface PreflightOptions {
  readonly home: ClusterName;
  readonly topology: Topology;
  readonly chosen: readonly ClusterName[];
  readonly purpose: Purpose;
  readonly signal: AbortSignal;
}

function isToRead({ verb, resource }: Right): boolean {
  return (verb === 'get' || verb === 'list') && resource !== 'pods';
}

/**
 * Everything that stands against an apply, before it writes anything: a context that does not exist, a credential that
 * is refused, a missing right, a home cluster that does not answer. None means that it may begin.
 */
export async function preflight(
  fleet: Fleet,
  { home, topology, chosen, purpose, signal }: PreflightOptions,
): Promise<readonly IsthmusError[]> {
  const failed = fleet.members.flatMap((member) => (member.state === 'Failed' ? [member] : []));
  const standing = failed
    .filter(({ name, error }) => name === home || !isAbsence(error))
    .map(({ name, error }) => (name === home && isAbsence(error) ? withoutHome(error) : error));
  const everyone = failed.length === fleet.members.length ? failed.map(({ error }) => error) : standing;
  const denied = await Promise.all(
    fleet.open
      .filter(({ name }) => chosen.some((one) => one === name))
      .map((member) => {
        const ofPlace = topology.clusters.filter(({ name }) => name === member.name).flatMap(topologyRights);
        const rights = [...applyRights, ...(member.name === home ? homeRights : []), ...ofPlace];
        return deniedIn(member, purpose === 'Apply' ? rights : rights.filter(isToRead), signal);
      }),
  );
  return [...everyone, ...denied.filter((error) => error !== undefined)];
}

/** Why the whole apply stops where one cluster is not there. */
function withoutHome(error: IsthmusError): IsthmusError {
  const { code, message, remedy, cluster, retry } = error;
  const why = "it is the mesh's home, which keeps the issuer and the lock: without it nothing is applied anywhere";
  return new IsthmusError(code, `${message}; ${why}`, {
    cause: error,
    retry,
    ...(remedy === undefined ? {} : { remedy }),
    ...(cluster === undefined ? {} : { cluster }),
  });
}

async function deniedIn(
  { client, health }: OpenMember,
  rights: readonly Right[],
  signal: AbortSignal,
): Promise<IsthmusError | undefined> {
  if ((await mayI(client, [everything], { signal })).length === 0) return undefined;
  const denied = await mayI(client, rights, { signal });
  if (denied.length === 0) return undefined;
  const { cluster } = client;
  const shown = denied.slice(0, 5).map(describeRight).join('; ');
  const more = denied.length > 5 ? `; and ${denied.length - 5} more` : '';
  return new IsthmusError(
    'access-denied',
    `cluster ${cluster}: ${health.user ?? 'this user'} may not ${shown}${more}`,
    {
      cluster,
      remedy: `use a context with these rights, or have them granted; check one with: kubectl --context ${cluster} auth can-i ${denied[0]?.verb} ${denied[0]?.resource}`,
    },
  );
}
