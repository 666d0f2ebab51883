import type { Clock } from '../../base/clock.ts';
import { asIsthmusError, IsthmusError } from '../../base/error.ts';
import type { KubeClient } from '../../kube/client.ts';

export interface PresenceOptions {
  readonly client: Pick<KubeClient, 'raw'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Aborted with the caller's signal, and with `cluster-unreachable` or `timeout` when the cluster is gone. */
export interface Presence extends Disposable {
  readonly signal: AbortSignal;
}

const everyMs = 5_000;
/** After a miss it looks once more. A look repeats refused connections for some 6 s, so a server that restarts is outlived. */
const againMs = 3_000;
const answerMs = 8_000;

/**
 * Looks now and then whether a cluster still answers. The waits watch their objects, and a watch outlives a server that
 * is away: without this a cluster that goes down midway would be waited for until the time limit.
 */
export function watchPresence({ client, clock, signal }: PresenceOptions): Presence {
  const ending = new AbortController();
  const gone = new AbortController();
  const until = AbortSignal.any([signal, ending.signal]);
  const look = async (): Promise<void> => {
    let missed = false;
    while (!until.aborted) {
      await clock.sleep(missed ? againMs : everyMs, until);
      const error = await answer(client, until);
      if (error !== undefined && missed) return gone.abort(error);
      missed = error !== undefined;
    }
  };
  // It ends when its sleep is aborted.
  look().catch(() => undefined);
  return { signal: AbortSignal.any([signal, gone.signal]), [Symbol.dispose]: () => ending.abort() };
}

/** Why the cluster gave no answer; a refusal is one. */
async function answer(client: PresenceOptions['client'], signal: AbortSignal): Promise<IsthmusError | undefined> {
  try {
    await client.raw({ method: 'GET', path: '/version', timeoutMs: answerMs, signal });
    return undefined;
  } catch (thrown) {
    const error = asIsthmusError(thrown);
    return error.code === 'cluster-unreachable' || error.code === 'timeout' ? wentAway(error) : undefined;
  }
}

const since = '; it went away during the run';

/** The error of a cluster that is not reached, saying that it was when the run began. */
export function wentAway(error: IsthmusError): IsthmusError {
  const { code, message, cluster, remedy } = error;
  if (message.endsWith(since)) return error;
  return new IsthmusError(code, `${message}${since}`, {
    cause: error,
    retry: true,
    ...(cluster === undefined ? {} : { cluster }),
    ...(remedy === undefined ? {} : { remedy }),
  });
}
