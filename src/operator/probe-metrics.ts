import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { PathProbe } from '../engine/home-session.ts';

const outcomes = ['Answered', 'Failed', 'Untested'] as const;

/** What the probes between the clusters saw. */
export interface ProbeMetrics {
  /** The requests that the probe of a cluster sent. */
  probed(cluster: string, probes: readonly PathProbe[]): void;
}

type Instruments = ReturnType<typeof createInstruments>;

function createInstruments(registry: Registry) {
  const registers = [registry];
  return {
    probes: new Counter({
      name: 'isthmus_probes_total',
      help: 'Requests of the probes between clusters by how they ended',
      labelNames: ['from', 'to', 'outcome'],
      registers,
    }),
    failures: new Counter({
      name: 'isthmus_probe_failures_total',
      help: 'Requests of the probes that failed, by the first hop that failed',
      labelNames: ['from', 'to', 'hop'],
      registers,
    }),
    latency: new Histogram({
      name: 'isthmus_probe_seconds',
      help: 'How long the requests of the probes took that were answered',
      labelNames: ['from', 'to'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2],
      registers,
    }),
    gateway: new Gauge({
      name: 'isthmus_gateway_reachable',
      help: "1 where a cluster's probe gets a TLS handshake from an address of another cluster's gateway",
      labelNames: ['from', 'cluster', 'address'],
      registers,
    }),
  };
}

export function createProbeMetrics(registry: Registry): ProbeMetrics {
  const made = createInstruments(registry);
  /** The addresses that are shown, by caller and cluster: those that a gateway no longer has must go. */
  const shown = new Map<string, readonly string[]>();
  return {
    probed(from, probes) {
      for (const probe of probes) {
        tellRequest(made, from, probe);
        if (probe.gateways.length > 0) tellGateway(made, { from, probe, shown });
      }
    },
  };
}

function tellRequest(made: Instruments, from: string, { to, outcome, hop, latencyMs }: PathProbe): void {
  // All of them from the first request on: a rate needs a first value.
  for (const one of outcomes) made.probes.inc({ from, to, outcome: one }, one === outcome ? 1 : 0);
  if (outcome === 'Answered' && latencyMs !== null) made.latency.observe({ from, to }, latencyMs / 1000);
  if (outcome === 'Failed') made.failures.inc({ from, to, hop: hop ?? 'Unknown' });
}

interface Showing {
  readonly from: string;
  readonly probe: PathProbe;
  readonly shown: Map<string, readonly string[]>;
}

function tellGateway(made: Instruments, { from, probe: { to, gateways }, shown }: Showing): void {
  const key = `${from} ${to}`;
  for (const address of shown.get(key) ?? []) made.gateway.remove({ from, cluster: to, address });
  const known = gateways.filter(({ answers }) => answers !== 'Unknown');
  for (const { address, answers } of known) {
    made.gateway.set({ from, cluster: to, address }, answers === 'Yes' ? 1 : 0);
  }
  shown.set(
    key,
    known.map(({ address }) => address),
  );
}
