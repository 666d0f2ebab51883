import { type QueryClient, skipToken, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type Look, paths, type Topic, type WatchedReports } from '../../../src/dashboard/messages.ts';

/** `Lost`: the browser tries again by itself. `Ended`: the process of the command is another one, or is gone for good. */
export type Connection = 'Opening' | 'Open' | 'Lost' | 'Ended';

type Message = Look & { readonly topic: Topic };

/** Of each topic, which version the page has: what it has is not sent again to a page of other topics. */
const versions = new Map<Topic, string>();
let processId = '';

const keyOf = (topic: Topic) => ['look', topic] as const;

/** Hears of topics for as long as a page shows them. */
export function useFeed(topics: readonly Topic[]): Connection {
  const client = useQueryClient();
  const [connection, setConnection] = useState<Connection>('Opening');
  const wanted = topics.join(',');
  useEffect(() => {
    const has = [processId, ...versions.values()].join(' ');
    const source = new EventSource(`${paths.events}?${new URLSearchParams({ topics: wanted, has })}`);
    source.onopen = () => setConnection('Open');
    source.onerror = () => setConnection(source.readyState === EventSource.CLOSED ? 'Ended' : 'Lost');
    const hear = (event: MessageEvent<string>): void => keep(client, event);
    source.addEventListener('look', hear);
    source.addEventListener('seen', hear);
    return () => source.close();
  }, [client, wanted]);
  return connection;
}

function keep(client: QueryClient, { type, data, lastEventId }: MessageEvent<string>): void {
  const { topic, ...look } = JSON.parse(data) as Message;
  const [process = '', ...had] = lastEventId.split(' ');
  if (process !== processId) versions.clear();
  processId = process;
  versions.set(topic, had.find((one) => one.startsWith(`${topic}=`)) ?? '');
  client.setQueryData<Look>(keyOf(topic), (before) => (type === 'look' ? look : { ...before, readAt: look.readAt }));
}

/** What is known of a report; undefined until the first answer. */
export function useLook<T extends Topic>(topic: T): Look<WatchedReports[T]> | undefined {
  // It is set by the stream alone.
  const { data } = useQuery<Look<WatchedReports[T]>>({
    queryKey: keyOf(topic),
    queryFn: skipToken,
    staleTime: Infinity,
    gcTime: Infinity,
  });
  return data;
}
