import { useSyncExternalStore } from 'react';

/** Where the reader is: the address holds all of it, so that it can be shared. */
export interface Route {
  readonly path: string;
  readonly query: URLSearchParams;
}

const changed = 'isthmus-route';

function subscribe(listener: () => void): () => void {
  for (const name of [changed, 'popstate']) addEventListener(name, listener);
  return () => {
    for (const name of [changed, 'popstate']) removeEventListener(name, listener);
  };
}

export function useRoute(): Route {
  const address = useSyncExternalStore(subscribe, () => location.pathname + location.search);
  const { pathname: path, searchParams: query } = new URL(address, location.origin);
  return { path, query };
}

export function go(address: string): void {
  if (address !== location.pathname + location.search) history.pushState(null, '', address);
  dispatchEvent(new Event(changed));
}

/** The same without a step that the browser goes back by. */
export function replace(address: string): void {
  history.replaceState(null, '', address);
  dispatchEvent(new Event(changed));
}

/** The address of a path with what is asked there; what is undefined is left out. */
export function addressOf(
  path: string,
  query: Readonly<Record<string, string | readonly string[] | undefined>>,
): string {
  const words = Object.entries(query).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => [name, one] as [string, string]),
  );
  return words.length === 0 ? path : `${path}?${new URLSearchParams(words)}`;
}
