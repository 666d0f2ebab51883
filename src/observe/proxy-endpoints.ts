import { parseJson } from '../base/parse-json.ts';
import {
  type EnvoyCluster,
  envoyAdminPort,
  envoyClustersPath,
  istiodDebugPort,
  parseEnvoyClusters,
} from '../istio/debug.ts';
import { edszPath, parseEdsz, type SentEndpoint } from '../istio/debug-eds.ts';
import type { KubeClient } from '../kube/client.ts';
import { getThroughPod } from '../kube/pod/http-over-forward.ts';
import { type IstiodPlace, isReady } from './istiod.ts';

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * What istiod sends a proxy, by cluster: the answer of the one replica that the proxy is connected to. Undefined where it
 * is connected to none of them.
 */
export async function readSentEndpoints(
  { client, namespace }: IstiodPlace,
  pod: PodName,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly SentEndpoint[]> | undefined> {
  const replicas = await client.list(
    { apiVersion: 'v1', kind: 'Pod' },
    { namespace, labelSelector: 'app=istiod', signal },
  );
  for (const { metadata } of replicas.filter(isReady)) {
    const path = edszPath(pod.name, pod.namespace);
    const place = { namespace, name: metadata.name, port: istiodDebugPort };
    const { status, body } = await getThroughPod(client, { ...place, path, signal });
    if (status === 200) return parseEdsz(parseJson(body) ?? null);
  }
  return undefined;
}

/** The hosts of every cluster of a pod's Envoy. */
export async function readEnvoyClusters(
  client: KubeClient,
  { namespace, name }: PodName,
  signal: AbortSignal,
): Promise<readonly EnvoyCluster[]> {
  const { body } = await getThroughPod(client, {
    namespace,
    name,
    port: envoyAdminPort,
    path: envoyClustersPath,
    signal,
  });
  return parseEnvoyClusters(parseJson(body) ?? null);
}
