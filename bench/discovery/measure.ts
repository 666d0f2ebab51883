/** One measurement in a process of its own, so that its peak of memory is that of nothing else: JSON in, JSON out. */
import { writeSync } from 'node:fs';
import { answer } from '../../src/discovery/endpoints/query.ts';
import { buildIstiodView } from '../../src/discovery/registry/view.ts';
import type { IstiodView, ProxyNode } from '../../src/discovery/values/model.ts';
import type { Snapshot } from '../../src/discovery/values/snapshot.ts';
import { whatif } from '../../src/predict/scenario/whatif.ts';
import { representatives } from '../../src/predict/world/caller.ts';
import { type MeshSize, makeMesh } from './mesh.ts';

export interface MeasureRequest {
  readonly size: MeshSize;
  readonly queries: number;
  readonly whatif: boolean;
}

/** Seconds that passed, and seconds of processor time of the process, garbage collection on other threads included. */
export interface Cost {
  readonly seconds: number;
  readonly processor: number;
}

/** Milliseconds. Each query is asked several times: what other programs take then lengthens one of them, not all. */
export interface QueryCost {
  /** Of all queries as they came. */
  readonly all: Spread;
  /** Of each query the fastest time. */
  readonly fastest: Spread;
}

interface Spread {
  readonly median: number;
  readonly p99: number;
}

export interface Measured {
  /** MiB of the process when it held the input alone, and its peak after each part. */
  readonly inputMiB: number;
  readonly indexPeakMiB: number;
  readonly peakMiB: number;
  /** One istiod's view of all clusters. */
  readonly view: Cost;
  /** The endpoints of every service in it, which are otherwise made when first asked for. */
  readonly endpoints: Cost;
  /** One query, all endpoints made. */
  readonly query: QueryCost;
  /** Null where it was not asked for. */
  readonly whatif: (Cost & { readonly flows: number }) | null;
}

function cost<T>(work: () => T): { readonly result: T; readonly spent: Cost } {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { result, spent: { seconds: (performance.now() - started) / 1000, processor: (user + system) / 1e6 } };
}

/** Peak of resident memory so far, in MiB. */
function peak(): number {
  return process.resourceUsage().maxRSS / 1024;
}

function makeEndpoints(view: IstiodView): void {
  for (const byNamespace of view.services.values()) {
    for (const service of byNamespace.values()) view.shards(service);
  }
}

const rounds = 3;

/** Queries of different callers for different services, as they come; those of a first round warm up. */
function queryCost(view: IstiodView, callers: readonly ProxyNode[], count: number): QueryCost {
  const hosts = [...view.services.keys()].filter((host) => host.startsWith('svc-'));
  const all: number[] = [];
  const fastest = new Array<number>(count).fill(Number.POSITIVE_INFINITY);
  for (let round = 0; round <= rounds; round += 1) {
    for (let index = 0; index < count; index += 1) {
      const [host, caller] = [hosts[(index * 7) % hosts.length], callers[index % callers.length]];
      if (host === undefined || caller === undefined) throw new Error('the mesh has no service or no caller');
      const started = performance.now();
      answer(view, caller, { host, port: 80, subset: '', mode: 'outbound' });
      const passed = performance.now() - started;
      if (round === 0) continue;
      all.push(passed);
      fastest[index] = Math.min(fastest[index] ?? passed, passed);
    }
  }
  return { all: spread(all), fastest: spread(fastest) };
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: at(sorted, 0.5), p99: at(sorted, 0.99) };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function whatifCost(snapshot: Snapshot): Cost & { readonly flows: number } {
  const { result, spent } = cost(() => whatif(snapshot, { downs: [{ kind: 'cluster', cluster: 'c1' }], changes: [] }));
  return { ...spent, flows: Object.values(result.counts).reduce((sum, one) => sum + one, 0) };
}

function measure(request: MeasureRequest): Measured {
  const snapshot = makeMesh(request.size);
  const inputMiB = process.memoryUsage.rss() / 1024 ** 2;
  const [istiod] = snapshot.istiods;
  if (istiod === undefined) throw new Error('the mesh has no istiod');
  const built = cost(() => buildIstiodView(snapshot, istiod));
  const endpoints = cost(() => makeEndpoints(built.result));
  const indexPeakMiB = peak();
  const callers = representatives(snapshot).map(({ any }) => any.proxy);
  const query = queryCost(built.result, callers, request.queries);
  return {
    inputMiB,
    indexPeakMiB,
    view: built.spent,
    endpoints: endpoints.spent,
    query,
    whatif: request.whatif ? whatifCost(snapshot) : null,
    peakMiB: peak(),
  };
}

writeSync(1, JSON.stringify(measure(JSON.parse(process.argv[2] ?? '') as MeasureRequest)));
