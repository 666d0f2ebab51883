import { asIsthmusError } from '../base/error.ts';
import type { InstalledIstiod } from '../istio/adoption.ts';
import { istioNamespace, networkLabel } from '../istio/names.ts';
import { clusterAnnotation } from '../istio/remote-secret.ts';
import type { KubeClient } from '../kube/client.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import { meshLabel } from '../objects/ownership.ts';
import { podRangesOf } from '../objects/pod-ranges.ts';
import { readControlPlanes } from './control-plane.ts';
import { readIstiod } from './installed.ts';

/** What a cluster that may become part of a mesh says of itself; null for what could not be read. */
export interface Survey {
  readonly podRanges: readonly string[] | null;
  /** Of the label on istio-system. */
  readonly networkLabel: string | null | undefined;
  readonly istiods: readonly SurveyedIstiod[] | null;
  /** The clusters of remote secrets that Isthmus did not make. */
  readonly remotes: readonly string[] | null;
}

export interface SurveyedIstiod extends InstalledIstiod {
  /** The mesh of Isthmus that it is part of. */
  readonly heldBy: string | undefined;
}

/** Reads what a cluster says of its network and of the Istio in it, with the rights that there are. No Secret's content is read. */
export async function surveyCluster(client: KubeClient, signal: AbortSignal): Promise<Survey> {
  const [nodes, label, istiods, secrets] = await Promise.all([
    orNull(client.list({ apiVersion: 'v1', kind: 'Node' }, { signal }), signal),
    orNull(readNetworkLabel(client, signal), signal),
    orNull(readIstiods(client, signal), signal),
    orNull(
      client.list(
        { apiVersion: 'v1', kind: 'Secret' },
        { namespace: istioNamespace, labelSelector: `${multiClusterLabel}=true`, content: 'Metadata', signal },
      ),
      signal,
    ),
  ]);
  return {
    podRanges: nodes === null ? null : [...new Set(nodes.flatMap(podRangesOf))],
    networkLabel: label,
    istiods,
    remotes:
      secrets === null
        ? null
        : secrets
            .filter(({ metadata }) => metadata.labels?.[meshLabel] === undefined)
            .map(({ metadata }) => metadata.annotations?.[clusterAnnotation] ?? metadata.name),
  };
}

async function readNetworkLabel(client: KubeClient, signal: AbortSignal): Promise<string | undefined> {
  const namespace = await client.get({ apiVersion: 'v1', kind: 'Namespace', name: istioNamespace }, { signal });
  return namespace?.metadata.labels?.[networkLabel];
}

async function readIstiods(client: KubeClient, signal: AbortSignal): Promise<readonly SurveyedIstiod[]> {
  const planes = await readControlPlanes({ client, namespace: istioNamespace }, signal);
  return await Promise.all(
    planes.map(async (plane) => {
      const heldBy = plane.deployment.metadata.labels?.[meshLabel];
      return { ...(await readIstiod(client, plane, { mesh: heldBy ?? '', signal })), heldBy };
    }),
  );
}

/** What may not be read, or does not answer, stays unknown; the end of the whole is thrown. */
async function orNull<T>(reading: Promise<T>, signal: AbortSignal): Promise<T | null> {
  try {
    return await reading;
  } catch (thrown) {
    signal.throwIfAborted();
    if (asIsthmusError(thrown).code === 'internal') throw thrown;
    return null;
  }
}
