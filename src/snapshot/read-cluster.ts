import { mapConcurrent } from '../base/concurrency.ts';
import { asIsthmusError } from '../base/error.ts';
import { valueAt } from '../base/json.ts';
import { isOfIstiods } from '../istio/names.ts';
import type { KubeClient, UnreadableObject } from '../kube/client.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import type { KindRef, KubeObject } from '../objects/object.ts';
import { rootsConfigMap } from '../objects/roots-map.ts';
import type { ControlPlaneFacts } from './istiod-settings.ts';
import { readKinds } from './kinds.ts';
import { redactObject } from './redact.ts';

/** What one cluster holds of the kinds that the model reads, redacted. */
export interface ReadCluster extends ControlPlaneFacts {
  readonly objects: readonly KubeObject[];
  /** Kinds that may not be read, each with why. */
  readonly unreadKinds: Readonly<Record<string, string>>;
  /** Sentences: what could not be read. */
  readonly gaps: readonly string[];
}

/** How many lists of a cluster are read at a time. */
const concurrency = 6;

/** Without these there is nothing to predict from. */
const essential = new Set(['Namespace', 'Service', 'Pod', 'EndpointSlice']);

/** Namespaces that hold an istiod, or did: its own and those of hosted ones. */
function controlPlaneNamespaces(deployments: readonly KubeObject[]): readonly string[] {
  return [...new Set(['istio-system', ...deployments.flatMap(({ metadata }) => metadata.namespace ?? [])])];
}

/**
 * Reads a cluster with one LIST per kind. A kind that may not be read becomes a gap; without Services, pods or
 * EndpointSlices the error is thrown.
 */
export async function readCluster(client: KubeClient, signal: AbortSignal): Promise<ReadCluster> {
  const gaps: string[] = [];
  const unreadKinds: Record<string, string> = {};
  const onUnreadable = ({ object, problem }: UnreadableObject): void => {
    gaps.push(`${client.cluster}: ${object} is left out: ${problem}`);
  };
  const list = async (kind: KindRef, options: object = {}): Promise<readonly KubeObject[]> => {
    try {
      return await client.list(kind, { ...options, signal, onUnreadable });
    } catch (thrown) {
      const error = asIsthmusError(thrown);
      if (error.code !== 'access-denied' || essential.has(kind.kind)) throw error;
      unreadKinds[kind.kind] = error.message;
      gaps.push(`${client.cluster}: ${kind.kind} objects could not be read (${error.message})`);
      return [];
    }
  };
  const lists = await mapConcurrent(readKinds, concurrency, async (kind) => await list(kind));
  const labelled = await list({ apiVersion: 'apps/v1', kind: 'Deployment' }, { labelSelector: 'app=istiod' });
  const deployments = labelled.filter(({ metadata }) => isOfIstiods(metadata.namespace));
  const places = controlPlaneNamespaces(deployments);
  const [configMaps, secrets] = await Promise.all([
    mapConcurrent(
      places,
      concurrency,
      async (namespace) => await list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace }),
    ),
    mapConcurrent(places, concurrency, async (namespace) =>
      list({ apiVersion: 'v1', kind: 'Secret' }, { namespace, labelSelector: `${multiClusterLabel}=true` }),
    ),
  ]);
  const objects = lists.flat();
  const wanted = configMaps.flat().filter(isWantedConfigMap);
  const remoteSecrets = secrets.flat().map(redactObject);
  return {
    cluster: client.cluster,
    objects: [...objects, ...wanted].map(redactObject).concat(remoteSecrets),
    namespaces: objects.filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Namespace'),
    deployments,
    configMaps: wanted,
    secrets: remoteSecrets,
    unreadKinds,
    gaps,
  };
}

/** The mesh configuration of each revision, and the roots that proxies of the cluster trust. */
export function isWantedConfigMap({ metadata, data }: KubeObject): boolean {
  return metadata.name === rootsConfigMap || typeof valueAt(data, ['mesh']) === 'string';
}
