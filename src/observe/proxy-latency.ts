import { IsthmusError } from '../base/error.ts';
import { parseRequestDurations, type RequestDurations, requestDurations } from '../istio/request-durations.ts';
import type { KubeClient } from '../kube/client.ts';
import { getThroughPod } from '../kube/pod/http-over-forward.ts';
import type { PodName } from './proxy-endpoints.ts';

/** How long the requests that a pod's sidecar sent took so far, by service and by the cluster that answered. */
export async function readRequestDurations(
  client: KubeClient,
  { namespace, name }: PodName,
  signal: AbortSignal,
): Promise<readonly RequestDurations[]> {
  const { status, body } = await getThroughPod(client, { namespace, name, ...requestDurations, signal });
  if (status === 200) return parseRequestDurations(body);
  throw new IsthmusError('cluster-unreachable', `the Envoy of ${namespace}/${name} answers ${status}`, {
    cluster: client.cluster,
  });
}
