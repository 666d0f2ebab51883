import { apiVersion } from '../api/mesh.ts';
import { endedBy, IsthmusError } from '../base/error.ts';
import { objectsAt, textAt, valueAt } from '../base/json.ts';
import { option, remedy } from '../base/remedy.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { systemNamespace } from '../objects/ownership.ts';
import type { OperatorApply } from '../report/operator-apply.ts';
import { apiVersion as reportVersion } from '../report/schema.ts';
import { type ResolvedMesh, resolveMesh } from '../topology/resolved-mesh.ts';
import { signalOf, timeoutOf } from './limits.ts';
import { splitFleet } from './mesh-fleet.ts';
import { openClusters } from './open-clusters.ts';
import { leaderOf, leaderRef, serverTime } from './operator/leader.ts';
import type { OperatorApplyOptions } from './options.ts';
import { liveMeshOf, refuseContradictions, type SessionState } from './session.ts';
import { type StoredDocument, storeDocuments } from './store-documents.ts';
import { verifyUseCase } from './verify.ts';

const lookMs = 1_000;

/**
 * Where an operator holds the mesh: stores the documents in the home cluster, writes nothing else, and follows what the operator says
 * until every cluster is available, or cannot become so, or the time is over. Undefined where none does.
 */
export async function operatorApplyUseCase(
  state: SessionState,
  options: OperatorApplyOptions,
): Promise<OperatorApply | undefined> {
  const { ports } = state;
  const mesh = liveMeshOf(state);
  const { home } = mesh.declared;
  await using fleet = await openClusters(state, resolveMesh({ ...mesh.declared, clusters: [home] }), {
    operation: 'apply',
    carries: 'NoKeys',
  });
  const client = splitFleet(fleet).clients.get(mesh.home);
  // The apply that follows reports what is wrong with the way there.
  if (client === undefined) return undefined;
  const signal = signalOf(ports);
  const leader = leaderOf(await client.get(leaderRef, { signal }), serverTime(client, ports));
  if (leader === null || leader.isExpired) return undefined;
  refuseContradictions(state);
  requireWhole(options);
  const { clock } = ports;
  const started = clock.monotonic();
  const { maxDelete, approveLosses } = options;
  const documents = await storeDocuments(client, mesh, { clock, signal, maxDelete, approveLosses });
  const clusters = await follow({ client, mesh, state, options, deadline: started + timeoutOf(options) });
  const seconds = (clock.monotonic() - started) / 1000;
  const ok = clusters.every(({ outcome }) => outcome === 'Available');
  return {
    apiVersion: reportVersion,
    kind: 'OperatorApply',
    mesh: mesh.name,
    ok,
    operator: leader.holder,
    documents: documents.map(reported),
    clusters: [...clusters],
    ...(ok && options.verify !== undefined ? { verification: await verifyUseCase(state, options.verify) } : {}),
    seconds,
  };
}

function requireWhole({ clusters }: OperatorApplyOptions): void {
  if (clusters === undefined) return;
  throw new IsthmusError(
    'usage',
    'an operator keeps this mesh, and brings every cluster to what the documents declare',
    {
      remedy: remedy`leave ${option('clusters')} out; a single cluster is held back by the annotation isthmus.dev/paused on its MeshCluster`,
    },
  );
}

function reported({ ref, action }: StoredDocument): OperatorApply['documents'][number] {
  return { object: ref, action };
}

interface Following {
  readonly client: KubeClient;
  readonly mesh: ResolvedMesh;
  readonly state: SessionState;
  readonly options: OperatorApplyOptions;
  /** On the monotonic clock. */
  readonly deadline: number;
}

type Followed = OperatorApply['clusters'][number];

async function follow({ client, mesh, state, options, deadline }: Following): Promise<readonly Followed[]> {
  const { clock } = state.ports;
  const signal = signalOf(state.ports);
  let said = '';
  for (;;) {
    const clusters = await lookAt(client, mesh, signal);
    const waiting = clusters.filter(({ outcome }) => outcome === 'Waiting');
    if (waiting.length === 0 || clock.monotonic() >= deadline) return clusters;
    const text = `for ${waiting.map(({ cluster, phase }) => `${cluster} (${phase ?? 'not yet seen by the operator'})`).join(', ')}`;
    if (text !== said) options.onWait?.(text);
    said = text;
    await clock.sleep(lookMs, signal).catch(() => {
      throw endedBy(signal, 'waiting for the operator; the documents are stored and it goes on', {});
    });
  }
}

async function lookAt(client: KubeClient, mesh: ResolvedMesh, signal: AbortSignal): Promise<readonly Followed[]> {
  const list = async (kind: string, where: { readonly namespace?: string }): Promise<readonly KubeObject[]> =>
    await client.list({ apiVersion, kind }, { ...where, signal });
  const [meshes, clusters, services] = await Promise.all([
    list('Mesh', { namespace: systemNamespace }),
    list('MeshCluster', { namespace: systemNamespace }),
    list('MeshService', {}),
  ]);
  const named = ({ metadata }: KubeObject, name: string, namespace = ''): boolean =>
    metadata.name === name && (namespace === '' || metadata.namespace === namespace);
  const whole = [
    ...meshes.filter((one) => named(one, mesh.name)),
    ...mesh.declared.services.flatMap(({ metadata }) =>
      services.filter((one) => named(one, metadata.name, metadata.namespace)),
    ),
  ];
  // The conditions of a cluster are about all documents: the operator has seen them when it says so of each.
  const areSeen = whole.every((one) => isCurrent(one) && conditionOf(one, 'UpToDate')?.reason !== 'Reconciling');
  return mesh.names.map((name) =>
    followed(
      name,
      clusters.find((one) => named(one, name)),
      areSeen,
    ),
  );
}

function isCurrent({ metadata, status }: KubeObject): boolean {
  return valueAt(status, ['observedGeneration']) === metadata.generation;
}

interface Said {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

function conditionOf({ status }: KubeObject, type: string): Said | undefined {
  const found = objectsAt(status, ['conditions']).find((one) => textAt(one, ['type']) === type);
  if (found === undefined) return undefined;
  const text = (key: string): string => textAt(found, [key]) ?? '';
  return { status: text('status'), reason: text('reason'), message: text('message') };
}

function followed(cluster: string, document: KubeObject | undefined, areSeen: boolean): Followed {
  const phase = textAt(document?.status, ['phase']) ?? null;
  const available = document === undefined ? undefined : conditionOf(document, 'Available');
  if (document === undefined || available === undefined || !areSeen || !isCurrent(document)) {
    return { cluster, phase, outcome: 'Waiting', message: 'The operator has not looked at the documents yet.' };
  }
  if (available.status === 'True') return { cluster, phase, outcome: 'Available', message: '' };
  const isFinal = available.status === 'False' && (phase === 'Failed' || available.reason === 'Paused');
  return { cluster, phase, outcome: isFinal ? 'Failed' : 'Waiting', message: available.message };
}
