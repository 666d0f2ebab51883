import type { ApplyEvent, EngineEvent, RemovalEvent, VerifyEvent } from '../../engine/events.ts';
import { removalStages } from '../../report/object-ref.ts';
import { stages } from '../../report/plan.ts';
import { isGuardEvent, watchedText } from '../apply/guard.ts';
import { shiftLineName, shiftState } from '../shift/live.ts';
import { removalStageNames } from '../uninstall/stage-names.ts';
import type { LiveState } from './live-block.ts';
import { stageNames } from './stage-names.ts';

/** How far the clusters are after an event, by what was known of each before; empty where it says nothing of that. */
export function liveStatesAfter(
  event: EngineEvent,
  known: ReadonlyMap<string, LiveState>,
): ReadonlyMap<string, LiveState> {
  if (event.type === 'Connected' || event.type === 'Unverified' || event.type === 'Gap') return new Map();
  if (isGuardEvent(event)) {
    return event.type === 'Watched' ? new Map([['guard', { done: 0, total: 1, text: watchedText(event) }]]) : new Map();
  }
  // What a drill does is a line each.
  if (event.operation === 'drill') return new Map();
  if (event.operation === 'shift') {
    const shown = shiftState(event);
    return shown === undefined ? new Map() : new Map([[shiftLineName, shown]]);
  }
  if (event.type === 'Started') {
    const starting = { done: 0, total: verifySteps, text: 'starting the probes' };
    return new Map(event.details.clusters.map((cluster) => [cluster, starting]));
  }
  const state = stateAfter(event, known.get(event.cluster));
  return state === undefined ? new Map() : new Map([[event.cluster, state]]);
}

type OfCluster = ApplyEvent | RemovalEvent | Exclude<VerifyEvent, { type: 'Started' }>;

function stateAfter(event: OfCluster, known: LiveState | undefined): LiveState | undefined {
  switch (event.operation) {
    case 'apply':
    case 'renewTrust':
      return applyState(event, known ?? { done: 0, total: stages.length, text: '' });
    case 'leave':
    case 'uninstall':
      return removalState(event, known ?? { done: 0, total: removalSteps, text: '' });
    case 'verify':
      return verifyState(event, known ?? { done: 0, total: verifySteps, text: '' });
  }
}

/** A stage that comes late is no step back. */
function at(known: LiveState, done: number, text: string): LiveState {
  return { done: Math.max(known.done, done), total: known.total, text };
}

function applyState(event: ApplyEvent, known: LiveState): LiveState | undefined {
  switch (event.type) {
    case 'Applied':
      return at(known, stages.indexOf(event.details.stage) + 1, stageNames[event.details.stage]);
    case 'Waiting':
      return waiting(known, event.details.what);
    case 'Reached':
      return at(known, 0, event.details.what);
    case 'Pruned':
      return at(known, known.total, 'pruned');
    case 'Notice':
      return undefined;
  }
}

/** `Deployment istio-system/istiod available, for 12 s: 0 of 1 available`: the seconds are counted here. */
function waiting({ done, total }: LiveState, what: string): LiveState {
  const [, about = what, why = ''] = /^(.*), for \d+ s(: .*)$/s.exec(what) ?? [];
  return { done, total, text: `waiting: ${about}${why}`, about };
}

/** After the stages: namespaces, then definitions. */
const removalSteps = removalStages.length + 2;

function removalState(event: RemovalEvent, known: LiveState): LiveState | undefined {
  switch (event.type) {
    case 'Removed':
      return at(known, removalStages.indexOf(event.details.stage) + 1, removalStageNames[event.details.stage]);
    case 'NamespaceRemoved':
      return at(known, removalSteps - 1, `namespace ${event.details.namespace}`);
    case 'Disclaimed':
      return at(known, removalSteps, 'definitions');
    case 'Waiting':
      return waiting(known, event.details.what);
    case 'Forgotten':
      return at(known, 0, `istiod no longer knows ${event.details.removed}`);
    case 'Released':
    case 'Stripped':
    case 'Blocked':
    case 'Notice':
      return undefined;
  }
}

/** Probes are ready, a service answers, it is measured, the probes are gone. */
const verifySteps = 4;

function verifyState(event: Exclude<VerifyEvent, { type: 'Started' }>, known: LiveState): LiveState {
  switch (event.type) {
    case 'PodsReady':
      return at(known, 1, 'asking for the first answers');
    case 'Reached':
      return at(known, 2, `measuring ${event.details.service}`);
    case 'Measured':
      return at(known, 3, `measured ${event.details.service}`);
    case 'ClusterFailed':
      return at(known, 0, event.details.message);
    case 'CleanUp':
      return at(known, verifySteps, 'removing the probes');
  }
}
