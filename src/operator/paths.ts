import type { ProbeReading } from '../engine/home-session.ts';
import { type Judgement, judge, type Observation, remembered } from './judge.ts';
import { findingText } from './observations.ts';

type PathProbe = ProbeReading['probes'][number];

/** A request is sent every 15 seconds: what was seen longer ago is not relied on. */
export const pathStaleMs = 60_000;

/** What probes saw between the clusters, by caller and callee. It outlives the documents of one moment. */
export interface Paths {
  /** Takes what a cluster's probe saw, and gives those of its requests that are new. */
  note(from: string, reading: ProbeReading, at: number): readonly PathProbe[];
  /** The probe of a cluster could not be read, or not be made, for this reason. */
  noteObstacle(from: string, why: string): void;
  /** Whether requests of a cluster to those peers are answered. */
  dataPath(from: string, peers: readonly string[], now: number): Judgement;
  /** Why others get no handshake from the gateway of a cluster; undefined where nobody says so for certain. */
  gatewayProblem(of: string, now: number): Judgement | undefined;
  /** False where requests to those peers are not proved to be answered, or a gateway failed once and that is to be confirmed. */
  isSettled(from: string, peers: readonly string[], now: number): boolean;
  /** Forgets clusters that are none of these. */
  keepOnly(names: readonly string[]): void;
}

/** The last looks at one thing, and what they came to. */
interface Track {
  looks: readonly Observation[];
  status: Judgement['status'] | undefined;
}

interface Pair {
  readonly requests: Track;
  readonly gateway: Track;
  /** The latest request that was taken: its pod and its number. */
  pod: string;
  count: number;
}

interface Caller {
  readonly pairs: Map<string, Pair>;
  obstacle: string | undefined;
}

export function createPaths(): Paths {
  const callers = new Map<string, Caller>();
  const callerOf = (name: string): Caller => {
    const caller = callers.get(name) ?? { pairs: new Map(), obstacle: undefined };
    callers.set(name, caller);
    return caller;
  };
  return {
    note(from, reading, at) {
      const caller = callerOf(from);
      caller.obstacle = reading.obstacle === undefined ? undefined : findingText(reading.obstacle);
      return reading.probes.filter((probe) => take(caller, { from, probe, pod: reading.pod, at }));
    },
    noteObstacle(from, why) {
      callerOf(from).obstacle = why;
    },
    dataPath: (from, peers, now) => dataPathOf(callerOf(from), { from, peers, now }),
    gatewayProblem: (of, now) => {
      const judged = [...callers.values()].flatMap(({ pairs }) => {
        const track = pairs.get(of)?.gateway;
        return track === undefined ? [] : [judgeTrack(track, now)];
      });
      return joined(judged.filter(({ status }) => status === 'False'));
    },
    isSettled: (from, peers, now) =>
      peers.every((peer) => {
        const { requests, gateway } = callerOf(from).pairs.get(peer) ?? newPair();
        return judgeTrack(requests, now).reason === 'Confirmed' && judgeTrack(gateway, now).reason !== 'NotConfirmed';
      }),
    keepOnly(names) {
      for (const [name, { pairs }] of callers) {
        if (!names.includes(name)) callers.delete(name);
        for (const peer of pairs.keys()) if (!names.includes(peer)) pairs.delete(peer);
      }
    },
  };
}

interface Taking {
  readonly from: string;
  readonly probe: PathProbe;
  readonly pod: string;
  readonly at: number;
}

/** Takes a request unless it was taken before. */
function take({ pairs }: Caller, { from, probe, pod, at }: Taking): boolean {
  const pair = pairs.get(probe.to) ?? newPair();
  pairs.set(probe.to, pair);
  if (pair.pod === pod && probe.count <= pair.count) return false;
  pair.pod = pod;
  pair.count = probe.count;
  look(pair.requests, { ...requestSeen(from, probe), at });
  const gateway = gatewaySeen(from, probe);
  if (gateway !== undefined) look(pair.gateway, { ...gateway, at });
  return true;
}

function newPair(): Pair {
  return {
    requests: { looks: [], status: undefined },
    gateway: { looks: [], status: undefined },
    pod: '',
    count: 0,
  };
}

function look(track: Track, seen: Observation): void {
  track.looks = [...track.looks, seen].slice(-remembered);
  track.status = judgeTrack(track, seen.at).status;
}

function judgeTrack({ looks, status }: Track, now: number): Judgement {
  return judge(looks, { now, staleMs: pathStaleMs, before: status });
}

function requestSeen(from: string, { to, outcome, finding }: PathProbe): Omit<Observation, 'at'> {
  const why = finding === undefined ? '' : ` ${findingText(finding)}`;
  switch (outcome) {
    case 'Answered':
      return { finding: 'Good', reason: 'Confirmed', message: `Requests of ${from} to ${to} are answered.` };
    case 'Failed':
      return { finding: 'Bad', reason: 'PairFailing', message: `Requests of ${from} to ${to} fail.${why}` };
    case 'Untested':
      return { finding: 'Unknown', reason: 'ProbeNotReady', message: `${from} cannot try ${to}.${why}` };
  }
}

function gatewaySeen(from: string, { to, gateways }: PathProbe): Omit<Observation, 'at'> | undefined {
  const silent = gateways.filter(({ answers }) => answers === 'No');
  const [first] = silent;
  if (first !== undefined) {
    const all = silent.map(({ address }) => address).join(', ');
    const why = first.detail === undefined ? '' : ` (${first.detail})`;
    const message = `${from} gets no TLS handshake from the gateway of ${to} at ${all}${why}. See that the gateway runs and that its addresses are reached from ${from}.`;
    return { finding: 'Bad', reason: 'GatewayNotReached', message };
  }
  if (!gateways.some(({ answers }) => answers === 'Yes')) return undefined;
  return { finding: 'Good', reason: 'Confirmed', message: `${from} reaches the gateway of ${to}.` };
}

interface Question {
  readonly from: string;
  readonly peers: readonly string[];
  readonly now: number;
}

function dataPathOf({ pairs, obstacle }: Caller, { from, peers, now }: Question): Judgement {
  const judged = peers.map((peer) => judgeTrack(pairs.get(peer)?.requests ?? newPair().requests, now));
  const failing = joined(judged.filter(({ status }) => status === 'False'));
  if (failing !== undefined) return failing;
  const unknown = judged.find(({ status }) => status === 'Unknown');
  if (unknown !== undefined) {
    return obstacle === undefined ? unknown : { ...unknown, reason: 'ProbeNotReady', message: obstacle };
  }
  const seenAt = earliest(judged);
  const unsure = judged.find(({ reason }) => reason === 'NotConfirmed');
  if (unsure !== undefined) return { ...unsure, seenAt };
  const message = `Requests of ${from} to ${peers.join(', ')} are answered.`;
  return { status: 'True', reason: 'Confirmed', message, seenAt };
}

/** Several that say the same as one. */
function joined(judged: readonly Judgement[]): Judgement | undefined {
  const [first] = judged;
  if (first === undefined) return undefined;
  return { ...first, message: judged.map(({ message }) => message).join(' '), seenAt: earliest(judged) };
}

function earliest(judged: readonly Judgement[]): number | undefined {
  const times = judged.flatMap(({ seenAt }) => seenAt ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}
