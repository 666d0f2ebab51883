import { describe, expect, test } from 'vitest';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { removalPlan, removalReport } from '../../engine/reporting/removal.ts';
import type { ClusterRemoval, RemovalReport } from '../../remove/report.ts';
import { exitCodes } from '../shell/exit-code.ts';
import { removalPlanText } from './plan-text.ts';
import { removalLine } from './progress.ts';
import { planExitCode, removalExitCode } from './run.ts';
import { removalText } from './text.ts';

const west = clusterName.parse('west');
const east = clusterName.parse('east');
const proof = {
  kinds: 75,
  objects: 259,
  left: {},
  finalizers: 0,
  webhooks: 0,
  definitionsKept: 15,
  namespacesKept: [],
  definitionsClaimed: [],
  unreleased: [],
  unread: [],
  unreadable: [],
};
const nothing = { removed: {}, released: [], stripped: [], stuck: [], sidecars: {} };
const removed: ClusterRemoval = {
  cluster: west,
  outcome: 'Removed',
  ...nothing,
  removed: { ConfigMap: 17, Secret: 4 },
  sidecars: { sample: 2 },
  proof,
};
const operator = {
  apiVersion: 'install.istio.io/v1alpha1',
  kind: 'IstioOperator',
  namespace: 'istio-system',
  name: 'a',
};
const stuck: ClusterRemoval = {
  cluster: east,
  outcome: 'Stuck',
  ...nothing,
  removed: { ConfigMap: 3 },
  stuck: [
    { object: operator, reason: 'it waits for the finalizer example.com/keep', finalizers: ['example.com/keep'] },
  ],
  proof: { ...proof, left: { IstioOperator: 1 }, finalizers: 1, unread: ['metrics.k8s.io/v1beta1'] },
};
const failed: ClusterRemoval = {
  cluster: east,
  outcome: 'Failed',
  ...nothing,
  error: new IsthmusError('cluster-unreachable', 'cluster east: no answer', { cluster: 'east' }),
};

function report(clusters: readonly ClusterRemoval[], more: Partial<RemovalReport> = {}) {
  return removalReport({ mesh: 'shop', clusters, peerSecrets: [], peerFailures: [], seconds: 24.66, ...more });
}

const options = {
  color: false,
  source: '-f mesh.yaml',
  title: 'mesh shop is removed from west',
  resume: 'isthmus uninstall -f mesh.yaml',
};

describe('the end of a removal', () => {
  test('shows the proof, who runs on, and where the root is', () => {
    expect(removalText({ ...report([removed]), rootFolder: '/state/shop' }, options)).toBe(`KIND       WEST GONE  LEFT
ConfigMap  17         0
Secret     4          0
west: 0 objects left in 75 kinds (259 objects looked at), 0 finalizers, 0 webhooks, definitions kept: 15
west: 2 pods run on with a sidecar and no control plane (2 sample); a restart takes it off
mesh shop is removed from west after 24.7 s
The root of the mesh is still in /state/shop: keep it for a mesh to come, or delete the folder.
`);
  });

  test('says what hangs, what cannot be said, and how to go on', () => {
    expect(removalText(report([removed, stuck]), options)).toBe(`KIND           WEST GONE  LEFT  EAST GONE  LEFT
ConfigMap      17         0     3          0
IstioOperator  0          0     0          1
Secret         4          0     0          0
west: 0 objects left in 75 kinds (259 objects looked at), 0 finalizers, 0 webhooks, definitions kept: 15
west: 2 pods run on with a sidecar and no control plane (2 sample); a restart takes it off
east: 1 objects left in 75 kinds (259 objects looked at), 1 finalizers, 0 webhooks, definitions kept: 15
east: nothing can be said of metrics.k8s.io/v1beta1: no answer
east: left IstioOperator istio-system/a: it waits for the finalizer example.com/keep
mesh shop: not everything is done after 24.7 s
Nothing needs undoing. Resume with: isthmus uninstall -f mesh.yaml
`);
  });
});

test.each([
  [report([removed]), exitCodes.done],
  [report([removed, stuck]), exitCodes.timeout],
  [report([removed, failed]), exitCodes.partial],
  [report([failed]), exitCodes.unreachable],
  [
    report([removed], { peerFailures: [{ cluster: east, error: new IsthmusError('timeout', 'no answer') }] }),
    exitCodes.partial,
  ],
])('has its exit code: %#', (one, code) => {
  expect(removalExitCode(one)).toBe(code);
});

test('a line of progress names the cluster, what blocks stands below it', () => {
  const line = { width: 5, color: false };
  const stamp = { at: '2030-01-01T00:00:00.000Z', operation: 'uninstall', level: 'info' } as const;
  expect(
    removalLine({ ...stamp, type: 'Removed', cluster: 'west', details: { stage: 'Leftovers', count: 13 } }, line),
  ).toBe('west   what istiod wrote: 13 gone\n');
  expect(
    removalLine(
      {
        ...stamp,
        type: 'Blocked',
        cluster: 'west',
        details: { what: 'Namespace istio-system', by: ['a: b', 'c'] },
      },
      line,
    ),
  ).toBe('west   blocked: Namespace istio-system\n    a: b\n    c\n');
});

test('the plan of a cluster that could not be read does not end as if it had been', () => {
  const survey = {
    kinds: [],
    objects: [],
    silent: [],
    unreadable: [{ object: 'EnvoyFilter shop/deep', problem: 'why' }],
  };
  const verdict = {
    ...{ remove: [], release: [], namespaces: [], keptDefinitions: [], claimed: [], foreignIstio: [] },
    sidecars: {},
  };
  const error = new IsthmusError('cluster-unreachable', 'cluster east: no answer', { cluster: 'east' });
  const read = { cluster: west, state: 'Read', examined: { survey, verdict } } as const;
  const unknown = { cluster: east, state: 'Failed', error } as const;
  const plan = (...clusters: (typeof read | typeof unknown)[]) =>
    removalPlan({ mesh: 'shop', clusters, peerSecrets: [] });
  expect(planExitCode(plan(read))).toBe(exitCodes.done);
  expect(planExitCode(plan(read, unknown))).toBe(exitCodes.unknown);
  expect(planExitCode(plan(read, unknown), { acceptUnknown: true })).toBe(exitCodes.done);
  expect(planExitCode(plan(unknown), { acceptUnknown: true })).toBe(exitCodes.unreachable);
  expect(removalPlanText(plan(read), { color: false })).toMatch(/left alone +EnvoyFilter shop\/deep: why/);
});

test('what is removed from namespaces of others is named', () => {
  const object = (kind: string, namespace: string, name: string) => ({
    apiVersion: 'v1',
    kind,
    namespace,
    name,
    stage: 'Rest' as const,
  });
  const remove = [
    object('ConfigMap', 'istio-system', 'istio'),
    object('ConfigMap', 'sample', 'istio-ca-root-cert'),
    object('Deployment', 'prod', 'till'),
    { apiVersion: 'v1', kind: 'ClusterRole', name: 'istiod', stage: 'Rest' as const },
  ];
  const part = (some: typeof remove) => ({
    ...{ cluster: 'west', outcome: 'Planned' as const, remove: some, labelsTakenFrom: [], keptDefinitions: [] },
    ...{ labelsTakenFromDefinitions: [], foreignIstio: [], sidecars: {}, unread: [], unreadable: [] },
    namespaces: [{ name: 'istio-system', removed: true, foreign: [], contents: {} }],
  });
  const text = (some: typeof remove) =>
    removalPlanText(
      {
        apiVersion: 'isthmus.dev/v1',
        kind: 'UninstallPlan',
        mesh: 'shop',
        clusters: [part(some)],
        peerSecrets: [],
      } as never,
      {
        color: false,
      },
    );
  expect(text(remove)).toMatch(/of these elsewhere +1 +look at them: Deployment prod\/till$/m);
  expect(text(remove.slice(0, 2))).not.toContain('elsewhere');
});
