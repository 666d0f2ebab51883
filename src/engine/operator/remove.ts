import { definitions } from '../../api/crd.ts';
import { apiVersion } from '../../api/mesh.ts';
import { IsthmusError } from '../../base/error.ts';
import { openContext } from '../../fleet/fleet.ts';
import { installManager } from '../../install/names.ts';
import { kindDefinitions, operatorObjects } from '../../install/operator-objects.ts';
import { retainedRef } from '../../keep/retained.ts';
import type { KubeClient } from '../../kube/client.ts';
import { waitFor } from '../../kube/objects/wait.ts';
import { describeRef, type KubeObject, type ObjectRef, refOf } from '../../objects/object.ts';
import {
  isAppliedBy,
  managedByLabel,
  managedByValue,
  operatorLease,
  probeManager,
  probeNamespace,
  systemNamespace,
} from '../../objects/ownership.ts';
import { sortFinalizers } from '../../remove/finalizer.ts';
import type { OperatorChange } from '../../report/operator.ts';
import type { TokenLeft } from '../home-session.ts';
import { signalOf, timeoutOf } from '../limits.ts';
import { openHome } from '../open-home.ts';
import type { EnginePorts } from '../ports.ts';
import { changeReport, deletionOf } from './change-report.ts';
import type { RemoveOptions } from './options.ts';
import { removeInOrder } from './removal-order.ts';

/**
 * Takes an operator out of its home cluster, with the probes in all clusters. The mesh runs on as it is, and so do its documents, its
 * issuer and, in the other clusters, accounts; what another installation or a person made is left alone.
 */
export async function removeOperator(options: RemoveOptions, ports: EnginePorts): Promise<OperatorChange> {
  const { context, documents = 'Keep', until = 'Done' } = options;
  const signal = signalOf(ports);
  await using client = await openContext(context, ports);
  const own = await present(client, ownRefs(), signal);
  const gone = documents === 'Remove' ? await present(client, documentDefinitionRefs(), signal) : [];
  const changes = [...own, ...gone].map((ref) => deletionOf(context, ref, 'Delete'));
  if (until === 'Plan') {
    const { probes, probesLeft } = await clearMesh(context, until, ports);
    return changeReport({ operation: 'Uninstall', outcome: 'Planned', changes: [...changes, ...probes], probesLeft });
  }
  const { probes, ...left } = await removeInOrder(own, {
    async remove(ref) {
      const propagation = ref.kind === 'Deployment' ? 'Foreground' : 'Background';
      await client.delete(ref, { propagation, signal });
      if (propagation === 'Foreground') await awaitGone(client, ref, options, ports);
    },
    between: async () => await clearMesh(context, until, ports),
  });
  await freeDocuments(client, signal);
  for (const ref of gone) await client.delete(ref, { signal });
  return changeReport({ operation: 'Uninstall', outcome: 'Done', changes: [...changes, ...probes], ...left });
}

interface Cleared {
  readonly probes: OperatorChange['changes'];
  readonly probesLeft: { cluster: string; why: string }[];
  readonly tokensLeft?: TokenLeft[];
}

/**
 * Takes the probes away, and puts the tokens that never end into the place of those by which clusters read each other: nobody renews
 * these from now on. In a cluster that is to be abandoned the probe stays as everything there does.
 */
async function clearMesh(context: string, until: 'Plan' | 'Done', ports: EnginePorts): Promise<Cleared> {
  await using home = await openHome({ context, called: context }, ports);
  const { mesh, documents } = await home.read({ signal: signalOf(ports), check: () => undefined });
  // Without a mesh there is no remote secret of one.
  if (mesh instanceof IsthmusError) return { probes: [], probesLeft: [] };
  await using kept = mesh;
  const abandoned = documents.filter(({ kind, spec }) => kind === 'MeshCluster' && spec.deletionPolicy === 'Abandon');
  const cleared = await kept.probes.clear({ until, keep: abandoned.map(({ name }) => name) });
  const probes = cleared.flatMap((one) =>
    'object' in one ? [deletionOf(one.cluster === kept.home ? context : one.cluster, one.object, 'Delete')] : [],
  );
  const probesLeft = cleared.flatMap((one) => ('why' in one ? [one] : []));
  return { probes, probesLeft, ...(until === 'Done' ? { tokensLeft: [...(await kept.restoreTokens())] } : {}) };
}

async function awaitGone(
  client: KubeClient,
  ref: ObjectRef,
  options: RemoveOptions,
  ports: EnginePorts,
): Promise<void> {
  options.onWait?.(`for the pods of ${describeRef(ref)} to end`);
  await waitFor(client, ref, {
    until: (object) => object === undefined,
    awaited: 'to be gone, with its pods',
    timeoutMs: timeoutOf(options),
    signal: signalOf(ports),
    clock: ports.clock,
  });
}

/** In the order in which they go: the reverse of an installation. */
function ownRefs(): readonly ObjectRef[] {
  const isKept = ({ kind, metadata: { name } }: KubeObject): boolean =>
    kind === 'CustomResourceDefinition' || (kind === 'Namespace' && name !== probeNamespace);
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    namespace: systemNamespace,
    name: operatorLease,
  };
  const objects = operatorObjects({ image: '', replicas: 1 }).filter((object) => !isKept(object));
  return [...objects.map(refOf).toReversed(), retainedRef, lease];
}

/** Of the kinds of the mesh file alone: with another kind of ours the issuer's key would go. */
function documentDefinitionRefs(): readonly ObjectRef[] {
  const plurals = new Set(definitions.map(({ plural }) => plural));
  return kindDefinitions()
    .filter(({ metadata }) => plurals.has(metadata.name.split('.')[0] ?? ''))
    .map(refOf);
}

async function present(
  client: KubeClient,
  refs: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<readonly ObjectRef[]> {
  const found = await Promise.all(refs.map(async (ref) => await client.get(ref, { signal })));
  return refs.filter((_, index) => {
    const live = found[index];
    if (live === undefined) return false;
    // Whatever is in it goes with a namespace, so a label is not enough.
    if (live.kind === 'Namespace') return !isGoing(live) && isAppliedBy(live, [probeManager, installManager]);
    return live.kind === 'Lease' || isOurs(live);
  });
}

/** A namespace goes slowly: one that is going needs nothing more. */
function isGoing({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function isOurs({ metadata }: KubeObject): boolean {
  return metadata.labels?.[managedByLabel] === managedByValue;
}

/** Nobody is there to take the operator's finalizer off; those of others stay. */
async function freeDocuments(client: KubeClient, signal: AbortSignal): Promise<void> {
  const clusters = await client.list({ apiVersion, kind: 'MeshCluster' }, { signal, content: 'Metadata' });
  for (const cluster of clusters) {
    const { metadata } = cluster;
    const { strippable, foreign } = sortFinalizers(cluster);
    if (strippable.length === 0) continue;
    try {
      await client.raw({
        method: 'PATCH',
        path: `/apis/${apiVersion}/namespaces/${metadata.namespace}/meshclusters/${metadata.name}`,
        contentType: 'application/merge-patch+json',
        body: { metadata: { finalizers: foreign, resourceVersion: metadata.resourceVersion ?? null } },
        signal,
      });
    } catch (error) {
      if (!(error instanceof IsthmusError) || error.code !== 'not-found') throw error;
    }
  }
}
