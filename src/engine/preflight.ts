import { apiGroup } from '../api/crd.ts';
import type { ClusterName } from '../api/name.ts';
import { type Clock, timeOf } from '../base/clock.ts';
import { IsthmusError, type IsthmusErrorOptions } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import { accessFinding, homeFinding, rightsFinding, withoutHome } from '../diagnose/checks/access.ts';
import type { Fleet, OpenMember } from '../fleet/fleet.ts';
import { describeRight, mayI, type Right } from '../fleet/identity.ts';
import { istioNamespace } from '../istio/names.ts';
import { systemNamespace } from '../objects/ownership.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
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

/** What the home cluster grants besides: the mesh's documents live there, and the key that encrypts the issuer's. */
export const homeRights: readonly Right[] = [
  ...['meshes', 'meshclusters', 'meshservices'].flatMap((resource) =>
    apply.map((verb): Right => ({ verb, group: apiGroup, resource })),
  ),
  ...apply.map((verb): Right => ({ verb, group: apiGroup, resource: 'wrappingkeys', namespace: systemNamespace })),
];

/** A cluster that is merely not there costs its own part; anything else about it must be put right first. */
function isAbsence({ code }: IsthmusError): boolean {
  return code === 'cluster-unreachable' || code === 'timeout';
}

/** A plan only reads. */
export type Purpose = 'Apply' | 'Plan';

export interface PreflightOptions {
  readonly mesh: Pick<ResolvedMesh, 'home' | 'topology'>;
  readonly chosen: readonly ClusterName[];
  readonly purpose: Purpose;
  readonly clock: Pick<Clock, 'now'>;
  readonly signal: AbortSignal;
}

/** What was found before a run. */
export interface Preflight {
  readonly findings: readonly Finding[];
  /** What ends the run: the error of the first finding, which carries the others; none where the run may begin. */
  readonly error: IsthmusError | undefined;
}

/** An obstacle to the run, as a finding and as the error that it ends the run with. */
interface Obstacle {
  readonly finding: Finding;
  readonly error: IsthmusError;
}

function isToRead({ verb, resource }: Right): boolean {
  return (verb === 'get' || verb === 'list') && resource !== 'pods';
}

/**
 * Everything that keeps an apply from beginning, before it writes anything: a context that does not exist, a credential
 * that is refused, a missing right, a home cluster that does not answer.
 */
export async function preflight(fleet: Fleet, options: PreflightOptions): Promise<Preflight> {
  const { mesh, chosen, clock } = options;
  const { home } = mesh;
  const at = timeOf(clock);
  const failed = fleet.members.flatMap((member) => (member.state === 'Failed' ? [member] : []));
  const isAllGone = failed.length === fleet.members.length;
  const unopened = failed.flatMap(({ name, error }): readonly Obstacle[] => {
    if (isAllGone) return [{ finding: accessFinding(name, error, at), error }];
    if (name === home && isAbsence(error)) return [{ finding: homeFinding(name, error, at), error: homeError(error) }];
    return isAbsence(error) ? [] : [{ finding: accessFinding(name, error, at), error }];
  });
  const denied = await Promise.all(
    fleet.open
      .filter(({ name }) => chosen.some((one) => one === name))
      .map((member) => deniedIn(member, rightsOf(member, options), options)),
  );
  return concluded([...unopened, ...denied.filter((obstacle) => obstacle !== undefined)]);
}

function concluded(obstacles: readonly Obstacle[]): Preflight {
  const findings = obstacles.map(({ finding }) => finding);
  const [first] = obstacles;
  return { findings, error: first === undefined ? undefined : withFindings(first.error, findings.slice(1)) };
}

function rightsOf({ name }: OpenMember, { mesh, purpose }: PreflightOptions): readonly Right[] {
  const ofPlace = mesh.topology.clusters.filter((cluster) => cluster.name === name).flatMap(topologyRights);
  const rights = [...applyRights, ...(name === mesh.home ? homeRights : []), ...ofPlace];
  return purpose === 'Apply' ? rights : rights.filter(isToRead);
}

function homeError(error: IsthmusError): IsthmusError {
  const { code, retry } = error;
  return new IsthmusError(code, `${error.message}; ${withoutHome}`, { cause: error, retry, ...placeOf(error) });
}

function withFindings(error: IsthmusError, findings: readonly Finding[]): IsthmusError {
  if (findings.length === 0) return error;
  const { code, message, cause, retry } = error;
  return new IsthmusError(code, message, { cause, retry, findings, ...placeOf(error) });
}

function placeOf({ remedy, cluster }: IsthmusError): Pick<IsthmusErrorOptions, 'remedy' | 'cluster'> {
  return { ...(remedy === undefined ? {} : { remedy }), ...(cluster === undefined ? {} : { cluster }) };
}

async function deniedIn(
  { client, health }: OpenMember,
  rights: readonly Right[],
  { mesh, clock, signal }: PreflightOptions,
): Promise<Obstacle | undefined> {
  if ((await mayI(client, [everything], { signal })).length === 0) return undefined;
  const denied = await mayI(client, rights, { signal });
  const [first] = denied;
  if (first === undefined) return undefined;
  const { cluster } = client;
  const declared = mesh.topology.clusters.find(({ name }) => name === cluster)?.cluster;
  const reading = { at: timeOf(clock), context: declared?.spec.access.context ?? cluster };
  const finding = rightsFinding({ cluster, user: health.user, rights: denied.map(describeRight), first }, reading);
  const { message, remedy } = finding;
  return { finding, error: new IsthmusError('access-denied', `cluster ${cluster}: ${message}`, { cluster, remedy }) };
}
