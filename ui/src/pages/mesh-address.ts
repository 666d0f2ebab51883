import { createContext, useContext } from 'react';
import { addressOf } from '../state/route.ts';

type Query = Parameters<typeof addressOf>[1];

/** Where the mesh is shown, and the words of the address that stay: which networks show their clusters, and the moment. */
export interface MeshPlace {
  readonly path: string;
  readonly kept: Query;
}

export const MeshPlaceContext = createContext<MeshPlace>({ path: '/', kept: {} });

/** The networks that show their clusters. */
export const Unfolded = createContext<readonly string[]>([]);

/** Addresses of the page that shows the mesh, which leave all as it is of which they say nothing. */
export function useMeshAddress(): (query: Query) => string {
  const { path, kept } = useContext(MeshPlaceContext);
  return (query) => addressOf(path, { ...kept, ...query });
}
