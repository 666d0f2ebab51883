import { numbers } from '../random.ts';
import type { Fault, FaultKind, Group, Name } from './fault.ts';
import { gatewayKinds, linkCut, networkKinds } from './gateway-kinds.ts';
import { istiodKinds } from './istiod-kinds.ts';
import { policyKinds } from './policy-kinds.ts';
import { secretKinds } from './secret-kinds.ts';
import { serviceKinds } from './service-kinds.ts';
import { trustKinds } from './trust-kinds.ts';

/** What a fault can be, in the one cluster or the other. */
export const kinds: readonly FaultKind[] = [
  ...secretKinds,
  ...gatewayKinds,
  ...networkKinds,
  ...trustKinds,
  ...istiodKinds,
  ...policyKinds,
  ...serviceKinds,
];

/** Each kind in one of the clusters, in turn. */
export const faults: readonly Fault[] = [
  ...kinds.map((kind, index) => (index % 2 === 0 ? kind('east', 'west') : kind('west', 'east'))),
  linkCut,
];

/** What is about the way from one cluster to another; the rest lies inside one of them. */
export const between: readonly Group[] = ['remote secret and token', 'gateway and address', 'network names'];

/** Pairs of faults that are there at the same time, one in each cluster. */
export function drawn(count: number, next: () => number): readonly Fault[] {
  const one = (at: Name, peer: Name): Fault => {
    const kind = kinds[Math.floor(next() * kinds.length)];
    if (kind === undefined) throw new Error('there are no kinds of faults');
    return kind(at, peer);
  };
  return Array.from({ length: count }, () => both(one('west', 'east'), one('east', 'west')));
}

function both(first: Fault, second: Fault): Fault {
  return {
    ...first,
    name: `${first.name}; ${second.name}`,
    inject: [...first.inject, ...second.inject],
    heal: [...first.heal, ...second.heal],
    after: [...first.after, ...second.after],
    red: [...new Set([...first.red, ...second.red])],
    causes: [...first.causes, ...second.causes],
    beside: { group: second.group, place: second.place },
  };
}

/** Those of the table that were drawn: two at the same time. */
export const drawnForTable: readonly Fault[] = drawn(10, numbers(1));

/** What the table of docs/reliability.md has, in its order. */
export const everyFault: readonly Fault[] = [...faults, ...drawnForTable];

const ofEveryRun = [
  'remote secret deleted',
  'remote secret without its label',
  'gateway scaled to 0',
  'Gateway object exposes other hosts',
  'gateway Service labelled with another network',
  'cacerts of another root',
  'injection webhook deleted',
  'AuthorizationPolicy of the whole mesh',
  'Service whose port has another name',
  'DestinationRule without TLS',
];

/** Those that every run of all tests tries. */
export const inEveryRun: readonly Fault[] = ofEveryRun.flatMap((name) =>
  faults.filter((fault) => fault.name.includes(`: ${name}`)),
);
