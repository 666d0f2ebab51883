import { asIsthmusError } from '../../base/error.ts';
import { isJsonObject, type JsonObject, textAt, valueAt } from '../../base/json.ts';
import { parseJson } from '../../base/parse-json.ts';
import { operatorPort } from '../../install/names.ts';
import type { KubeClient } from '../../kube/client.ts';
import { getThroughPod } from '../../kube/pod/http-over-forward.ts';
import { systemNamespace } from '../../objects/ownership.ts';
import type { OperatorStatus } from '../../report/operator.ts';

type LeaderQueue = Pick<OperatorStatus, 'queue' | 'queueUnread'>;
type QueueItem = NonNullable<OperatorStatus['queue']>[number];

/** What the pod that leads has to do. It alone knows that. */
export async function readLeaderQueue(
  client: KubeClient,
  leader: OperatorStatus['leader'],
  signal: AbortSignal,
): Promise<LeaderQueue> {
  if (leader === null || leader.isExpired) return { queue: null };
  const name = podOf(leader.holder);
  if (name === undefined) return { queue: null, queueUnread: `${leader.holder} is no pod` };
  try {
    const place = { namespace: systemNamespace, name, port: operatorPort, path: '/queue', signal };
    const { status, body } = await getThroughPod(client, place);
    const queue = status === 200 ? itemsIn(parseJson(body)) : undefined;
    return queue === undefined ? { queue: null, queueUnread: `${name} tells nothing of it` } : { queue };
  } catch (thrown) {
    signal.throwIfAborted();
    return { queue: null, queueUnread: asIsthmusError(thrown).message };
  }
}

/** The Lease names its holder as `USER@POD/PROCESS/RUN`. */
function podOf(holder: string): string | undefined {
  return /@([^/]+)\//.exec(holder)?.[1];
}

function itemsIn(answer: unknown): readonly QueueItem[] | undefined {
  if (!Array.isArray(answer)) return undefined;
  const items = answer.flatMap((one) => (isJsonObject(one) ? (itemOf(one) ?? []) : []));
  return items.length === answer.length ? items : undefined;
}

function itemOf(one: JsonObject): QueueItem | undefined {
  const [cluster, state] = [textAt(one, ['cluster']), textAt(one, ['state'])];
  const [failures, sinceSeconds, next] = ['failures', 'sinceSeconds', 'nextInSeconds'].map((name) =>
    valueAt(one, [name]),
  );
  if (cluster === undefined || (state !== 'Waiting' && state !== 'Working')) return undefined;
  if (typeof failures !== 'number' || typeof sinceSeconds !== 'number') return undefined;
  return { cluster, state, failures, sinceSeconds, ...(typeof next === 'number' ? { nextInSeconds: next } : {}) };
}
