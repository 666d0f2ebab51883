import { splitAt } from '../../../src/mesh/split-at.ts';
import type { MeshWideService } from '../../../src/report/service.ts';

/** A split as the address and the command line have it, `reviews.shop:west=30,east=70`, in parts. */
export interface WrittenSplit {
  /** `NAME.NAMESPACE` */
  readonly service: string;
  readonly weights: readonly (readonly [cluster: string, percent: number])[];
}

export function splitIn(text: string): WrittenSplit {
  const at = text.indexOf(':');
  const parts = text.slice(at + 1).split(',');
  return {
    service: text.slice(0, Math.max(at, 0)),
    weights: parts.map((part) => part.split('=')).map(([cluster = '', percent]) => [cluster, Number(percent)] as const),
  };
}

export function splitText({ service, weights }: WrittenSplit): string {
  return `${service}:${weights.map(([cluster, percent]) => `${cluster}=${percent}`).join(',')}`;
}

/** The host of the service that a split is about, where there is one. */
export function hostOf(split: string, services: readonly MeshWideService[]): string | undefined {
  const { service } = splitIn(split);
  return services.find((one) => nameOf(one) === service)?.host;
}

export function nameOf({ name, namespace }: MeshWideService): string {
  return `${name}.${namespace}`;
}

/** Those that a split can move: Services of Kubernetes with endpoints in several clusters. */
export function divisible(services: readonly MeshWideService[]): readonly MeshWideService[] {
  return services.filter(({ type, endpoints }) => type === 'Service' && Object.keys(endpoints).length > 1);
}

/** The weights with one cluster's share as wanted; the others keep their proportions, as in a shift. */
export function moved({ service, weights }: WrittenSplit, to: string, share: number): WrittenSplit {
  const others = weights.filter(([cluster]) => cluster !== to);
  const sum = others.reduce((all, [, percent]) => all + percent, 0);
  // Where the others have nothing, nothing says how they would divide a rest: evenly.
  const parts = others.map(([cluster, percent]) => [cluster, sum === 0 ? 1 : percent] as const);
  const total = sum === 0 ? others.length : sum;
  const from = Object.fromEntries(parts.map(([cluster, percent]) => [cluster, (percent * 100) / total]));
  const next = splitAt({ to, from, steps: [share] }, 1);
  return { service, weights: weights.map(([cluster]) => [cluster, next[cluster] ?? 0] as const) };
}

/** One slider on its way: the others keep the proportions that they had when it began, whatever it passes. */
export interface Drag {
  readonly to: string;
  readonly from: WrittenSplit;
  readonly split: WrittenSplit;
}

/** The slider of a cluster goes on to a share, or begins where another one was moved, or the split was changed otherwise. */
export function dragged(
  before: Drag | undefined,
  split: WrittenSplit,
  { to, share }: { readonly to: string; readonly share: number },
): Drag {
  const goesOn = before?.to === to && splitText(before.split) === splitText(split);
  const from = goesOn ? before.from : split;
  return { to, from, split: moved(from, to, share) };
}

/** All clusters of a service alike. */
export function evenSplit(service: MeshWideService): WrittenSplit {
  const clusters = Object.keys(service.endpoints).toSorted();
  const [first = ''] = clusters;
  const even = { service: nameOf(service), weights: clusters.map((cluster) => [cluster, 0] as const) };
  return moved(even, first, Math.round(100 / clusters.length));
}
