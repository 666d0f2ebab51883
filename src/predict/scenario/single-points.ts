import { remember } from '../../base/memo.ts';
import type { Part } from '../request/path.ts';
import type { Flow, FlowState } from './flow.ts';

/** A part of the mesh whose loss leaves flows without an answer. */
export interface SinglePoint {
  readonly part: Part;
  /** How many flows hang on it. */
  readonly flows: number;
  /** The services of these flows, `host:port`, each once. */
  readonly services: readonly string[];
  readonly callers: readonly string[];
}

/** The flows that hang on each part so far. */
export type SinglePointTally = Map<Part, { flows: number; services: Set<string>; callers: Set<string> }>;

/** Adds what a flow hangs on; the caller's own cluster does not count, since the caller is gone with it. */
export function addSinglePoints(tally: SinglePointTally, { host, port, caller }: Flow, { critical }: FlowState): void {
  for (const part of critical) {
    if (part === `cluster:${caller.cluster}`) continue;
    const known = remember(tally, part, () => ({ flows: 0, services: new Set<string>(), callers: new Set<string>() }));
    known.flows += 1;
    known.services.add(`${host}:${port}`);
    known.callers.add(caller.cluster);
  }
}

/** Those on which most hangs first. */
export function rankedSinglePoints(tally: SinglePointTally): readonly SinglePoint[] {
  return [...tally]
    .map(([part, { flows, services, callers }]) => ({ part, flows, services: [...services], callers: [...callers] }))
    .sort((a, b) => b.flows - a.flows || (a.part < b.part ? -1 : 1));
}
