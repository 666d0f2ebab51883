import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { MeshClusterStatus } from '../api/mesh-cluster-status.ts';
import type { Counters } from '../base/counters.ts';
import { forgetOthers } from './forget-series.ts';
import type { Outcome } from './outcome.ts';
import { createPeerMetrics, type PeerMetrics } from './peer-metrics.ts';
import { createProbeMetrics, type ProbeMetrics } from './probe-metrics.ts';
import type { QueueState } from './queue.ts';

/** What the operator measures of itself and of the clusters that it keeps, for Prometheus. */
export interface Metrics extends ProbeMetrics, PeerMetrics {
  /** Takes what the engine counts of its requests. */
  readonly count: Counters;
  leads(isLeader: boolean): void;
  reconciled(cluster: string, outcome: Outcome, seconds: number): void;
  /** The status of a cluster, whether or not it had to be written. */
  told(cluster: string, status: MeshClusterStatus): void;
  /** From now on nothing is shown of other clusters than these. */
  keepOnly(names: readonly string[]): void;
  /** The queue that is shown from now on. */
  watchQueue(state: () => readonly QueueState[]): void;
  /** That queue as it is now; empty where there is none. */
  queue(): readonly QueueState[];
  /** The text of an exposition, and its content type. */
  text(): Promise<string>;
  readonly contentType: string;
}

const statuses = ['True', 'False', 'Unknown'] as const;

type Instruments = ReturnType<typeof createInstruments>;

function createInstruments(registry: Registry) {
  const registers = [registry];
  const labelNames = ['cluster'] as const;
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames, registers });
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers });
  return {
    leader: new Gauge({ name: 'isthmus_operator_leader', help: '1 where this process leads', registers }),
    requests: new Counter({
      name: 'isthmus_requests_total',
      help: 'Requests to API servers by how they ended',
      labelNames: ['cluster', 'method', 'outcome'],
      registers,
    }),
    reconnects: counter('isthmus_reconnects_total', 'Connections that were lost and are there again'),
    reconciles: new Counter({
      name: 'isthmus_reconciles_total',
      help: 'Reconciles by the reason with which they ended',
      labelNames: ['cluster', 'reason'],
      registers,
    }),
    writes: counter('isthmus_reconcile_writes_total', 'Requests of reconciles that changed something'),
    seconds: new Histogram({
      name: 'isthmus_reconcile_seconds',
      help: 'How long a reconcile took',
      labelNames,
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
      registers,
    }),
    condition: new Gauge({
      name: 'isthmus_cluster_condition',
      help: '1 for the status that a condition of a MeshCluster has',
      labelNames: ['cluster', 'type', 'status'],
      registers,
    }),
    seen: new Gauge({
      name: 'isthmus_cluster_condition_seen_seconds',
      help: 'When what a condition stands on was last seen, in seconds since the epoch',
      labelNames: ['cluster', 'type'],
      registers,
    }),
    certificate: gauge(
      'isthmus_certificate_not_after_seconds',
      "When the intermediate of a cluster's istiod ends, in seconds since the epoch",
    ),
    failures: gauge('isthmus_queue_failures', 'Reconciles in a row that failed'),
    queue: new Gauge({
      name: 'isthmus_queue_clusters',
      help: 'Clusters in the queue by what is being done with them',
      labelNames: ['state'],
      registers,
    }),
  };
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const made = createInstruments(registry);
  let queue: () => readonly QueueState[] = () => [];
  let kept: ReadonlySet<string> | undefined;
  return {
    count(event) {
      const { cluster } = event;
      if (event.counter === 'Requests') made.requests.inc({ cluster, method: event.method, outcome: event.outcome });
      else if (event.counter === 'Reconnects') made.reconnects.inc({ cluster });
    },
    leads: (isLeader) => made.leader.set(isLeader ? 1 : 0),
    reconciled(cluster, { reason, writes }, seconds) {
      made.reconciles.inc({ cluster, reason });
      made.writes.inc({ cluster }, writes);
      made.seconds.observe({ cluster }, seconds);
    },
    ...createProbeMetrics(registry),
    ...createPeerMetrics(registry),
    keepOnly(names) {
      kept = new Set(names);
    },
    told: (cluster, status) => tellStatus(made, cluster, status),
    watchQueue(state) {
      queue = state;
    },
    queue: () => queue(),
    async text() {
      tellQueue(made, queue());
      if (kept !== undefined) await forgetOthers(registry, kept);
      return await registry.metrics();
    },
    contentType: registry.contentType,
  };
}

const queueStates = ['Idle', 'Waiting', 'Working'] as const;

function tellQueue(made: Instruments, queue: readonly QueueState[]): void {
  made.failures.reset();
  for (const { key, failures } of queue) made.failures.set({ cluster: key }, failures);
  for (const state of queueStates) made.queue.set({ state }, queue.filter((one) => one.state === state).length);
}

function tellStatus(made: Instruments, cluster: string, status: MeshClusterStatus): void {
  const { conditions = [], certificateNotAfter } = status;
  for (const condition of conditions) {
    for (const one of statuses) {
      made.condition.set({ cluster, type: condition.type, status: one }, one === condition.status ? 1 : 0);
    }
    const { type, lastProbeTime } = condition;
    if (lastProbeTime !== undefined) made.seen.set({ cluster, type }, Date.parse(lastProbeTime) / 1000);
  }
  if (certificateNotAfter !== undefined) made.certificate.set({ cluster }, Date.parse(certificateNotAfter) / 1000);
}
