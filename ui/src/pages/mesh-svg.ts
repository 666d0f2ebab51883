import type { Verdict } from '../parts/state.tsx';
import { card, type MeshLayout } from './mesh-layout.ts';

export interface DrawnCluster {
  readonly verdict: Verdict;
  /** Below its name. */
  readonly lines: readonly string[];
}

export interface DrawnLink {
  readonly from: string;
  readonly to: string;
  readonly verdict: Verdict;
}

export interface Drawing {
  readonly layout: MeshLayout;
  readonly clusters: ReadonlyMap<string, DrawnCluster>;
  readonly links: readonly DrawnLink[];
}

export interface Svg {
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

const margin = 16;
const marks = { Yes: '✓', No: '✕', Unknown: '?' } as const satisfies Record<Verdict, string>;
/** For paper: a file knows no theme. */
const colors = { Yes: '#17692b', No: '#b3221d', Unknown: '#7a5200' } as const satisfies Record<Verdict, string>;
const dashes = { Yes: 'none', No: '6 4', Unknown: '2 4' } as const satisfies Record<Verdict, string>;
const longest = 26;

/** The picture of the mesh as a file that needs nothing else: the same layout, states and marks. */
export function svgOf({ layout, clusters, links }: Drawing): Svg {
  const width = Math.max(...layout.networks.map((one) => one.x + one.width)) + 2 * margin;
  const height = Math.max(...layout.networks.map((one) => one.height)) + 2 * margin;
  const placed = new Map(layout.clusters.map((one) => [one.cluster, one]));
  const parts = [
    ...layout.networks.map(
      ({ network, x, width: wide, height: high }) =>
        `<rect x="${x}" y="0" width="${wide}" height="${high}" rx="6" fill="none" stroke="#c3cad4" stroke-dasharray="4 3"/>` +
        textAt(x + 8, 20, `network ${network}`, '#4f5a68'),
    ),
    ...links.flatMap(({ from, to, verdict }) => {
      const [one, other] = [placed.get(from), placed.get(to)];
      return one === undefined || other === undefined ? [] : [linkText(middleOf(one), middleOf(other), verdict)];
    }),
    ...layout.clusters.flatMap(({ cluster, x, y }) => {
      const drawn = clusters.get(cluster);
      return drawn === undefined ? [] : [cardText({ cluster, x, y }, drawn)];
    }),
  ];
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-margin} ${-margin} ${width} ${height}" font-family="system-ui, sans-serif" font-size="14">`;
  const ground = `<rect x="${-margin}" y="${-margin}" width="${width}" height="${height}" fill="#ffffff"/>`;
  return { text: `${head}${ground}${parts.join('')}</svg>\n`, width, height };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function middleOf({ x, y }: Point): Point {
  return { x: x + card.width / 2, y: y + card.height / 2 };
}

function linkText(from: Point, to: Point, verdict: Verdict): string {
  const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
  return (
    `<line x1="${from.x}" y1="${from.y}" x2="${to.x}" y2="${to.y}" stroke="${colors[verdict]}" stroke-width="2" stroke-dasharray="${dashes[verdict]}"/>` +
    `<circle cx="${x}" cy="${y}" r="10" fill="#ffffff"/>` +
    `<text x="${x}" y="${y + 5}" text-anchor="middle" fill="${colors[verdict]}">${marks[verdict]}</text>`
  );
}

function cardText({ cluster, x, y }: Point & { readonly cluster: string }, { verdict, lines }: DrawnCluster): string {
  const [first = '', ...rest] = lines;
  return [
    `<rect x="${x}" y="${y}" width="${card.width}" height="${card.height}" rx="6" fill="#f4f6f9" stroke="#c3cad4" stroke-width="2"/>`,
    `<text x="${x + 10}" y="${y + 24}" font-weight="700" fill="#1a2029">${escaped(cut(cluster))}</text>`,
    textAt(x + 10, y + 48, `${marks[verdict]} ${first}`, colors[verdict]),
    ...rest.map((line, index) => textAt(x + 10, y + 72 + 20 * index, line, '#4f5a68')),
  ].join('');
}

function textAt(x: number, y: number, text: string, color: string): string {
  return `<text x="${x}" y="${y}" fill="${color}">${escaped(cut(text))}</text>`;
}

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
