/** Where clusters stand: networks side by side, their clusters below each other, in the order of the mesh file. */

export interface Placed {
  readonly cluster: string;
  readonly x: number;
  readonly y: number;
}

export interface NetworkColumn {
  readonly network: string;
  readonly x: number;
  readonly width: number;
  readonly height: number;
}

export interface MeshLayout {
  readonly networks: readonly NetworkColumn[];
  readonly clusters: readonly Placed[];
}

export const card = { width: 220, height: 104 } as const;
const gap = 36;
const title = 40;
/** A network with more clusters has several columns. */
const mostInColumn = 6;

export interface Member {
  readonly cluster: string;
  readonly network: string;
}

export function layoutOf(members: readonly Member[]): MeshLayout {
  const groups = [...Map.groupBy(members, ({ network }) => network)];
  const networks: NetworkColumn[] = [];
  const clusters: Placed[] = [];
  let x = 0;
  for (const [network, inside] of groups) {
    const columns = Math.ceil(inside.length / mostInColumn);
    const lines = Math.min(inside.length, mostInColumn);
    const width = columns * (card.width + gap) + gap;
    networks.push({ network, x, width, height: title + lines * (card.height + gap) });
    inside.forEach(({ cluster }, index) => {
      const column = Math.floor(index / mostInColumn);
      const line = index % mostInColumn;
      clusters.push({ cluster, x: x + gap + column * (card.width + gap), y: title + line * (card.height + gap) });
    });
    x += width + 2 * gap;
  }
  return { networks, clusters };
}
