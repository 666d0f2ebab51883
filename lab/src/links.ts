import { runningLab } from './lab.ts';
import { applyCuts, applyDelays } from './network/faults.ts';
import { clusterOf } from './parts.ts';
import type { LabState } from './state/schema.ts';
import { changeLabState } from './state/store.ts';

export type Pair = readonly [string, string];

function samePair([a, b]: Pair, [c, d]: Pair): boolean {
  return (a === c && b === d) || (a === d && b === c);
}

function checked(lab: string, pair: Pair | undefined): LabState {
  const state = runningLab(lab);
  for (const name of pair ?? []) clusterOf(state, name);
  return state;
}

/** Drops all traffic between two clusters of a running lab, both ways. */
export async function cutLink(lab: string, [a, b]: Pair): Promise<void> {
  const state = checked(lab, [a, b]);
  const cuts: LabState['cuts'] = [...state.cuts.filter((pair) => !samePair(pair, [a, b])), [a, b]];
  await applyCuts({ ...state, cuts });
  changeLabState(lab, (before) => ({ ...before, cuts }));
}

/** Makes packets between two clusters take `ms` milliseconds longer each way; 0 ends the delay. */
export async function delayLink(lab: string, [a, b]: Pair, ms: number): Promise<void> {
  const state = checked(lab, [a, b]);
  const others = state.delays.filter((delay) => !samePair(delay.clusters, [a, b]));
  await setDelays(state, ms === 0 ? others : [...others, { clusters: [a, b], ms }]);
}

/** Undoes every cut and delay between two clusters, or of the whole lab. */
export async function healLinks(lab: string, pair?: Pair): Promise<void> {
  const state = checked(lab, pair);
  const kept = (other: Pair): boolean => pair !== undefined && !samePair(other, pair);
  const cuts = state.cuts.filter(kept);
  if (cuts.length < state.cuts.length) await applyCuts({ ...state, cuts });
  changeLabState(lab, (before) => ({ ...before, cuts }));
  const delays = state.delays.filter(({ clusters }) => kept(clusters));
  if (delays.length < state.delays.length) await setDelays(state, delays);
}

async function setDelays(state: LabState, delays: LabState['delays']): Promise<void> {
  const delayLines = await applyDelays({ ...state, delays });
  changeLabState(state.name, (before) => ({ ...before, delays, delayLines }));
}
