import type { Clock } from '../../base/clock.ts';
import { endedBy, IsthmusError } from '../../base/error.ts';
import { type Action, kubectl, remedy, repeat } from '../../base/remedy.ts';
import { describeRef, type KubeObject, type ObjectRef } from '../../objects/object.ts';
import type { KubeClient, WatchEvent } from '../client.ts';
import { startDeadline } from '../transport/deadline.ts';

export interface WaitOptions {
  /** True for the state that is waited for; undefined means that the object does not exist. */
  readonly until: (object: KubeObject | undefined) => boolean;
  /** Completes "waited for Deployment istio-system/istiod": `to be available`. */
  readonly awaited?: string;
  /** The state in words, for the time-out's message. */
  readonly describe?: (object: KubeObject | undefined) => string;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly clock: Clock;
}

/**
 * Watches one object until `until` holds and gives it (undefined where it is gone). Fails with `timeout`, which says
 * the last state, with `cancelled`, or with what the watch fails with.
 */
export async function waitFor(
  client: KubeClient,
  ref: ObjectRef,
  options: WaitOptions,
): Promise<KubeObject | undefined> {
  const { clock } = options;
  using deadline = startDeadline(clock, options.timeoutMs, [options.signal]);
  let last: { readonly object: KubeObject | undefined } | undefined;
  const events = client.watch(ref, {
    fieldSelector: `metadata.name=${ref.name}`,
    ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
    signal: deadline.signal,
    timeoutMs: options.timeoutMs,
  });
  for await (const event of events) {
    const object = objectOf(event);
    last = { object };
    if (options.until(object)) return object;
  }
  const { cluster } = client;
  const what = `${describeRef(ref)}${options.awaited === undefined ? '' : ` ${options.awaited}`}`;
  if (!deadline.expired()) throw endedBy(deadline.signal, `waiting for ${what}`, { cluster });
  const state = last === undefined ? 'its state could not be read' : stateOf(last.object, options);
  const seconds = Number((options.timeoutMs / 1000).toFixed(1));
  throw new IsthmusError('timeout', `cluster ${cluster}: waited ${seconds} s for ${what}; ${state}`, {
    cluster,
    retry: true,
    remedy: remedy`look at it with ${describeCommand(client, ref)}; ${repeat()} to go on waiting`,
  });
}

function describeCommand({ context, cluster }: KubeClient, { kind, name, namespace }: ObjectRef): Action {
  const place = namespace === undefined ? [] : ['-n', namespace];
  return kubectl('--context', context ?? cluster, ...place, 'describe', kind.toLowerCase(), name);
}

function objectOf(event: WatchEvent): KubeObject | undefined {
  switch (event.type) {
    case 'Listed':
      return event.objects[0];
    case 'Deleted':
      return undefined;
    case 'Added':
    case 'Modified':
      return event.object;
  }
}

function stateOf(object: KubeObject | undefined, { describe }: WaitOptions): string {
  if (describe !== undefined) return describe(object);
  return object === undefined ? 'it does not exist' : 'it exists, but is not so yet';
}
