import type { PathProbe } from '../../src/engine/home-session.ts';
import type { Metrics } from '../../src/operator/metrics.ts';
import type { Outcome } from '../../src/operator/outcome.ts';
import type { ClusterStatus } from '../../src/report/status.ts';

const at = '2030-01-01T00:00:00Z';

/** Metrics that have heard once of everything that they show, of west and of east. */
export function exercised(metrics: Metrics): Metrics {
  metrics.leads(true);
  const outcome: Outcome = {
    at: 0,
    result: 'AsDeclared',
    reason: 'Applied',
    message: '',
    writes: 1,
    restored: [],
    waitsForChange: false,
  };
  for (const [cluster, peer] of [
    ['west', 'east'],
    ['east', 'west'],
  ] as const) {
    metrics.count({ counter: 'Requests', cluster, method: 'GET', outcome: 'Success' });
    metrics.count({ counter: 'Reconnects', cluster });
    metrics.reconciled(cluster, outcome, 0.2);
    metrics.told(cluster, {
      certificateNotAfter: at,
      conditions: [
        {
          type: 'Available',
          status: 'True',
          reason: 'Confirmed',
          message: '',
          lastTransitionTime: at,
          lastProbeTime: at,
        },
      ],
    });
    metrics.looked({ cluster, reachable: true, peers: [{ peer, answers: 'Yes' }] } as unknown as ClusterStatus);
    metrics.looked({ cluster, reachable: false, error: { code: 'timeout' } } as unknown as ClusterStatus);
    metrics.renewed(`istiod of ${cluster}`, [{ peer, outcome: 'Current', notAfter: Date.parse(at) }]);
    metrics.differing(cluster, peer, 0);
    metrics.probed(cluster, [answered(peer), failed(peer)]);
  }
  metrics.watchQueue(() => [
    { key: 'west', state: 'Idle', failures: 0, sinceMs: 0 },
    { key: 'east', state: 'Working', failures: 2, sinceMs: 0 },
  ]);
  return metrics;
}

function answered(to: string): PathProbe {
  const gateways = [{ address: `${to}:15443`, answers: 'Yes' }] as const;
  return { to, count: 1, outcome: 'Answered', hop: undefined, latencyMs: 3, finding: undefined, gateways };
}

export function failed(to: string): PathProbe {
  const gateways = [{ address: `${to}:15443`, answers: 'No' }] as const;
  return { to, count: 2, outcome: 'Failed', hop: 'Connect', latencyMs: null, finding: undefined, gateways };
}
