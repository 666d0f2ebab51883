import { remember } from '../base/memo.ts';
import type { CallOptions, KubeClient } from '../kube/client.ts';

/** How a client reads for one report. */
export interface ReadOnceOptions {
  /** Ends every call to this cluster, so that one that is slow costs its own part alone. */
  readonly limit: AbortSignal;
}

/**
 * The same client, which asks for each object and list once: what several use cases read for one report is the same
 * reading. Lists with other options are other readings. Calls that are not plain reads go through.
 */
export function readOnce(client: KubeClient, { limit }: ReadOnceOptions): KubeClient {
  const known = new Map<string, Promise<unknown>>();
  const once = <T>(what: string, read: () => Promise<T>): Promise<T> => remember(known, what, read) as Promise<T>;
  const limited = <O extends CallOptions>(options: O): O & { readonly signal: AbortSignal } => ({
    ...options,
    signal: options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]),
  });
  const reading: Pick<KubeClient, 'get' | 'list' | 'raw' | 'forward' | 'logs'> = {
    get: (ref, options = {}) => once(`get ${JSON.stringify(ref)}`, () => client.get(ref, limited(options))),
    list: (kind, options = {}) => {
      const { signal: _, timeoutMs: __, onUnreadable, ...selection } = options;
      const key = `list ${JSON.stringify([kind, selection])} ${onUnreadable === undefined ? '' : 'told'}`;
      return once(key, () => client.list(kind, limited(options)));
    },
    raw: (request) => {
      if (request.method !== 'GET') return client.raw(limited(request));
      return once(`raw ${request.path} ${JSON.stringify(request.query ?? {})}`, () => client.raw(limited(request)));
    },
    forward: (pod, port, options = {}) => client.forward(pod, port, limited(options)),
    logs: (pod, options = {}) => client.logs(pod, limited(options)),
  };
  return Object.assign(Object.create(client) as KubeClient, reading);
}
