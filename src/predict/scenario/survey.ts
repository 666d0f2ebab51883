import type { ExcludedEndpoint } from '../../discovery/values/answer.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import type { TraceFinding } from '../request/finding.ts';
import { askOnce, inquireAbout } from '../request/inquiry.ts';
import { trace } from '../request/trace.ts';
import { representatives } from '../world/caller.ts';
import { type World, worldOf } from '../world/world.ts';
import { type Flow, type FlowState, stateReader } from './flow.ts';
import { flowsByHost, notThere } from './whatif.ts';

/** What becomes of the requests of one cluster to one port of a service, as the mesh is. */
export interface SurveyedFlow extends Pick<Flow, 'host' | 'port'> {
  /** The calling cluster. */
  readonly from: string;
  /** The clusters that answer. */
  readonly answeredBy: readonly string[];
  /** `Open`: whether its requests are answered is not known. */
  readonly outcome: 'Answered' | 'Lost' | 'Open';
  /** Why requests are lost, or why that is not known; none where they are answered. */
  readonly findings: readonly TraceFinding[];
  /** Endpoints that the callers do not get, where requests are lost. */
  readonly excluded: readonly ExcludedEndpoint[];
}

/** Percent of lost requests below which nothing is lost. */
export const tolerance = 0.01;

/** More flows than these are counted, and what they are lost for is not looked at: it is the same for most of them. */
const mostTraced = 500;

/** Every service from every cluster that calls it, with why its requests are lost where they are. */
export function surveyFlows(snapshot: Snapshot): readonly SurveyedFlow[] {
  const world = worldOf(snapshot);
  const found = [...flowsByHost(world, { world }, representatives(snapshot))].flatMap(([host, flows]) => {
    const read = stateReader(inquireAbout(world, host, { ask: askOnce(), http: {} }), new Map());
    return flows.flatMap((flow) => routed(flow, read)).filter(([, { none = '' }]) => !notThere.has(none));
  });
  const lost = found.filter(([{ route }, state]) => route === undefined && outcomeOf(state) !== 'Answered');
  const traced = new Set(lost.slice(0, mostTraced).map(([flow]) => flow));
  return found.map(([flow, state]) => ({
    host: flow.host,
    port: flow.port,
    from: flow.caller.cluster,
    answeredBy: [...state.shares.keys()],
    outcome: outcomeOf(state),
    ...(traced.has(flow) ? reasonsOf(world, flow) : { findings: [], excluded: [] }),
  }));
}

/** A flow for each route, where a service's routes all need more than a plain request. */
export function routed(flow: Flow, read: (flow: Flow) => FlowState): readonly (readonly [Flow, FlowState])[] {
  const state = read(flow);
  if (state.routes === undefined) return [[flow, state]];
  return state.routes.map((route) => {
    const one = { ...flow, route };
    return [one, read(one)];
  });
}

export function outcomeOf({ open, lost }: FlowState): SurveyedFlow['outcome'] {
  if (open !== undefined) return 'Open';
  return lost > tolerance ? 'Lost' : 'Answered';
}

function reasonsOf(world: World, { host, port, caller }: Flow): Pick<SurveyedFlow, 'findings' | 'excluded'> {
  const request = { host, port, subset: '', headers: {}, method: 'GET', path: '/' };
  const { findings, destinations } = trace(world, caller, request);
  return { findings, excluded: destinations.flatMap(({ excluded }) => excluded) };
}
