import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { valueAt } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import type { PodName } from './proxy-endpoints.ts';

/** One request of an application. */
export interface MarkedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A UUID: Envoy keeps it as `x-request-id`, so that the access logs on the way name it. */
  readonly id: string;
}

export interface MarkedAnswer {
  /** Null where there was no HTTP answer. */
  readonly status: number | null;
  /** Envoy adds `x-envoy-upstream-service-time` to what a server answered, and to nothing of its own. */
  readonly fromUpstream: boolean;
  /** What curl says where there was no answer; else null. */
  readonly problem: string | null;
}

export const requestAgent = 'isthmus-trace';
const answerSeconds = 10;
const execTimeoutMs = 20_000;
const curlProgram = 'curl';
/** What shells and runtimes end with where a program is missing or cannot be run. */
const noProgramCodes: ReadonlySet<number> = new Set([126, 127]);

/**
 * Sends one request out of a pod's own application container, through the pod's sidecar, with the container's own curl:
 * nothing is added to the pod, and nothing stays. Throws where the container has no curl or nobody may run it.
 */
export async function sendMarkedRequest(
  client: KubeClient,
  pod: PodName,
  { request, signal }: { readonly request: MarkedRequest; readonly signal: AbortSignal },
): Promise<MarkedAnswer> {
  const found = await client.get({ apiVersion: 'v1', kind: 'Pod', ...pod }, { signal });
  const container = applicationOf(found);
  const { cluster } = client;
  if (container === undefined) {
    throw new IsthmusError('not-found', `Pod ${pod.namespace}/${pod.name} has no container beside its proxy`, {
      cluster,
    });
  }
  const options = { signal, timeoutMs: execTimeoutMs };
  const result = await client.exec({ pod, container, command: curlOf(request) }, options).catch((thrown: unknown) => {
    const error = asIsthmusError(thrown);
    throw error.code === 'exec-failed' ? withoutCurl(error, container, cluster) : error;
  });
  if (noProgramCodes.has(result.exitCode)) throw withoutCurl(result.stderr, container, cluster);
  return answerOf(result);
}

function withoutCurl(cause: unknown, container: string, cluster: string): IsthmusError {
  return new IsthmusError('exec-failed', `container ${container} has no curl that can be run`, { cluster, cause });
}

/** The container that kubectl would take, or the first that is not the proxy. */
function applicationOf(pod: KubeObject | undefined): string | undefined {
  const listed = valueAt(pod?.spec, ['containers']);
  const names = Array.isArray(listed) ? listed.map((container) => String(valueAt(container, ['name']))) : [];
  const own = names.filter((name) => name !== 'istio-proxy');
  const preferred = pod?.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  return own.find((name) => name === preferred) ?? own[0];
}

function curlOf({ url, method, headers, id }: MarkedRequest): readonly string[] {
  const all = { ...headers, 'user-agent': requestAgent, 'x-request-id': id };
  const marks = Object.entries(all).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const quiet = ['--silent', '--show-error', '--include', '--max-time', String(answerSeconds)];
  // curl waits for a body after --request HEAD.
  const by = method === 'HEAD' ? ['--head'] : ['--request', method];
  return [curlProgram, ...quiet, ...by, ...marks, '--globoff', '--path-as-is', url];
}

function answerOf({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): MarkedAnswer {
  const [head = ''] = stdout.split(/\r?\n\r?\n/, 1);
  const status = /^HTTP\/[\d.]+ (\d{3})/.exec(head)?.[1];
  if (status === undefined) {
    return { status: null, fromUpstream: false, problem: stderr.trim().slice(0, 300) || 'no answer' };
  }
  return { status: Number(status), fromUpstream: /^x-envoy-upstream-service-time:/im.test(head), problem: null };
}
