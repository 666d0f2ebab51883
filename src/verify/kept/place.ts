import { asIsthmusError, IsthmusError } from '../../base/error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { describeRef, type KubeObject, type ObjectRef, refOf } from '../../objects/object.ts';
import { isAppliedBy, managedByLabel, managedByValue, probeManager, probeNamespace } from '../../objects/ownership.ts';
import { hasSidecar, purposeLabel } from '../manifests.ts';
import { type KeptProbe, keptDeployment, keptName, keptObjects, keptPurpose } from './objects.ts';

const podKind = { apiVersion: 'v1', kind: 'Pod' } as const;
const namespaceRef = { apiVersion: 'v1', kind: 'Namespace', name: probeNamespace } as const;

export interface PlacingOptions {
  readonly signal: AbortSignal;
  /** Throws where this process may not write any longer; called before each write. */
  readonly fence: () => void;
}

/**
 * Makes the kept probe of a cluster what it is to be. A pod that was made without a sidecar goes, so that its Deployment makes
 * another. Throws `conflict` where the Deployment is someone else's, or the namespace is in use by others.
 */
export async function placeKept(client: KubeClient, probe: KeptProbe, options: PlacingOptions): Promise<void> {
  const { signal, fence } = options;
  const own = { ...keptDeployment, name: keptName(probe.member.name) };
  const [namespace, deployment, pods] = await Promise.all([
    client.get(namespaceRef, { signal }),
    client.get(own, { signal }),
    client.list(podKind, { namespace: probeNamespace, signal }),
  ]);
  if (deployment !== undefined && !isOurs(deployment)) throw foreign(client, deployment);
  const others = pods.filter(({ metadata }) => metadata.labels?.[purposeLabel] !== keptPurpose);
  if (namespace !== undefined && !isOurs(namespace) && others[0] !== undefined) throw foreign(client, others[0]);
  for (const object of keptObjects(probe)) {
    fence();
    await orUnknownKind(object, client.apply(object, { fieldManager: probeManager, conflicts: 'Force', signal }));
  }
  for (const pod of pods) {
    if (others.includes(pod) || hasSidecar(pod) || pod.metadata.deletionTimestamp !== undefined) continue;
    fence();
    await client.delete(refOf(pod), { signal });
  }
}

/** What there is of a kept probe in a cluster; nothing where its Deployment is missing or someone else's. */
export async function findKept(
  client: KubeClient,
  cluster: string,
  signal: AbortSignal,
): Promise<ObjectRef | undefined> {
  const live = await client.get({ ...keptDeployment, name: keptName(cluster) }, { signal });
  return live === undefined || !isOurs(live) ? undefined : refOf(live);
}

/**
 * Takes a kept probe away; the namespace stays, with the rights in it. Without one it costs one request. The Deployment goes last: as
 * long as it is there, so may be the rest. Gives what was there.
 */
export async function removeKept(
  client: KubeClient,
  probe: Pick<KeptProbe, 'member' | 'peers'>,
  { signal, fence }: PlacingOptions,
): Promise<ObjectRef | undefined> {
  const found = await findKept(client, probe.member.name, signal);
  if (found === undefined) return undefined;
  for (const object of keptObjects({ ...probe, image: '', injectionLabels: {} })) {
    if (object.kind === 'Namespace') continue;
    fence();
    await orUnknownKind(object, client.delete(refOf(object), { signal }));
  }
  return found;
}

/** A cluster that another one's istiod serves may not know Istio's kinds: there the sidecar holds what every sidecar holds. */
async function orUnknownKind({ kind }: KubeObject, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (thrown) {
    if (kind !== 'Sidecar' || asIsthmusError(thrown).code !== 'not-found') throw thrown;
  }
}

function foreign(client: KubeClient, live: KubeObject): IsthmusError {
  return new IsthmusError('conflict', `${client.cluster} has an object of another owner: ${describeRef(refOf(live))}`, {
    cluster: client.cluster,
    remedy: `remove or rename it: the namespace ${probeNamespace} is for probes alone`,
  });
}

/** A label alone proves nothing. */
function isOurs(live: KubeObject): boolean {
  return live.metadata.labels?.[managedByLabel] === managedByValue && isAppliedBy(live, [probeManager]);
}
