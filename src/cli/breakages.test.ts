import { describe, expect, test } from 'vitest';
import { clusterName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import { kubectl, remedy } from '../base/remedy.ts';
import { clusterFindings } from '../diagnose/checks/cluster/cluster.ts';
import { driftFindings } from '../diagnose/checks/drift.ts';
import type { DriftedObject } from '../diagnose/facts/drift.ts';
import type { ClusterFacts, PeerStatus } from '../diagnose/facts/status.ts';
import { applyReport } from '../engine/reporting/apply.ts';
import { planReport } from '../engine/reporting/plan.ts';
import { statusReport } from '../engine/reporting/status.ts';
import { readText } from '../mesh/text/read-text.ts';
import { unreachableStatus } from '../status/cluster-status.ts';
import { resolveMesh } from '../topology/resolved-mesh.ts';
import { afterApply, applyText } from './apply/text.ts';
import { planText } from './plan/text.ts';
import { sourceFlags } from './shell/source-flags.ts';
import { statusText } from './status/text.ts';

const readAt = '2030-01-01T00:00:00.000Z';

function meshOf() {
  const { declared, findings } = readText(
    [
      'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}',
      'apiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: east}\nspec: {network: eu}',
    ].join('\n---\n'),
    'mesh.yaml',
  );
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return resolveMesh(declared);
}

const at = readAt;
const [west, east] = [clusterName.parse('west'), clusterName.parse('east')] as const;
const source = '-f mesh.yaml';

const peer: PeerStatus = { peer: east, configured: true, state: 'synced', answers: 'Yes' };

const healthy = {
  cluster: west,
  network: 'us',
  server: 'https://192.0.2.1',
  kubernetes: 'v1.36.3',
  istiod: { exists: true, wanted: 1, available: 1, updated: 1, complete: true, version: '1.31.0', runsIn: west },
  gateway: { exists: true, wanted: 1, available: 1, updated: 1, complete: true, address: '192.0.2.2' },
  peers: [peer],
  certificate: { notAfter: '2031-01-01T00:00:00.000Z', rootFingerprint: 'AB' },
  injectNamespaces: [{ name: 'shop', labelled: true }],
  unread: [],
} satisfies ClusterFacts;
const none = { exists: false, wanted: 0, available: 0, updated: 0, complete: false };
const scaled = { ...none, exists: true, complete: true, scaledBy: 'kubectl' };
const rights = new IsthmusError('access-denied', 'you may not list secrets', { remedy: 'have the right granted' });

/** What status says of a cluster with these facts. */
function statusOf(over: Partial<ClusterFacts>): string {
  const facts = { ...healthy, ...over };
  const findings = clusterFindings(facts, [], { at, context: 'prod-west' });
  const clusters = [{ ...facts, reachable: true, findings } as const];
  return statusText(statusReport({ mesh: 'shop', readAt, clusters }), { source, color: false });
}

test.each([
  [
    'istiod scaled to 0',
    { istiod: { ...healthy.istiod, ...scaled } },
    'it is scaled to 0 (by kubectl)',
    'kubectl --context prod-west -n istio-system scale deployment/istiod --replicas=1',
    'None',
  ],
  [
    'gateway scaled to 0',
    { gateway: { ...healthy.gateway, ...scaled } },
    'it is scaled to 0 (by kubectl)',
    'scale deployment/istio-eastwestgateway --replicas=1',
    'None',
  ],
  [
    'istiod deleted',
    { istiod: { ...healthy.istiod, ...none } },
    'istiod: it does not exist',
    'isthmus apply -f mesh.yaml',
    'Apply',
  ],
  [
    'gateway deleted',
    { gateway: { ...healthy.gateway, ...none } },
    'east-west gateway: it does not exist',
    'isthmus apply -f mesh.yaml',
    'Apply',
  ],
  [
    'gateway without an address',
    { gateway: { ...healthy.gateway, address: undefined } },
    'no address',
    'spec.gateway of MeshCluster west',
    'None',
  ],
  [
    'remote secret gone',
    { peers: [{ ...peer, configured: false }] },
    'no remote secret for east',
    'isthmus apply -f mesh.yaml',
    'Apply',
  ],
  [
    'garbage token in the remote secret',
    { peers: [{ ...peer, state: 'timeout', failure: 'failed to sync: Unauthorized' }] },
    '401 Unauthorized to the token in Secret istio-system/istio-remote-secret-east',
    'isthmus apply -f mesh.yaml',
    'Apply',
  ],
  [
    'network cut',
    { peers: [{ ...peer, answers: 'No', detail: 'no answer in 8 s' }] },
    'istiod gets no answer from the API server of east',
    'check the network from west to the API server of east',
    'None',
  ],
  [
    'cacerts gone',
    { certificate: undefined },
    'no readable intermediate in cacerts',
    'isthmus apply -f mesh.yaml',
    'Apply',
  ],
  [
    'injection label gone',
    { injectNamespaces: [{ name: 'shop', labelled: false }] },
    'namespace shop is not labelled for injection',
    'isthmus apply -f mesh.yaml',
    'Apply',
  ],
  [
    'mutual TLS disabled for the whole mesh',
    { mtlsDisabledBy: 'PeerAuthentication istio-system/default' },
    'PeerAuthentication istio-system/default disables mutual TLS in the whole cluster: requests from other networks fail',
    'delete it, or set its spec.mtls.mode to PERMISSIVE or STRICT',
    'None',
  ],
  [
    'no right to read Secrets',
    { certificate: null, unread: [{ part: 'Intermediate', error: rights }] },
    'unknown: its intermediate: you may not list secrets',
    'have the right granted',
    'None',
  ],
] satisfies readonly (readonly [string, Partial<ClusterFacts>, string, string, 'Apply' | 'None'])[])(
  '%s is named by status, with what mends it',
  (...[, over, cause, step, next]) => {
    const text = statusOf(over);
    expect(text).toContain(cause);
    expect(text).toContain(step);
    expect(text.includes('next: isthmus apply')).toBe(next === 'Apply');
    expect(text).not.toContain('next: isthmus verify');
  },
);

/** What status says of objects that are not as declared. */
function driftOf(objects: readonly DriftedObject[], from: string = source): string {
  const drift = { state: 'Compared', objects, services: [] } as const;
  const clusters = [{ ...healthy, reachable: true, drift, findings: driftFindings('west', drift, { at }) } as const];
  return statusText(statusReport({ mesh: 'shop', readAt, clusters }), { source: from, color: false });
}

test.each<[what: string, object: string, field: string]>([
  ['network label', 'Namespace istio-system', 'metadata.labels.topology.istio.io/network'],
  ['environment of the gateway', 'Deployment istio-system/istio-eastwestgateway', 'spec.template.spec.containers'],
  ['port of the gateway Service', 'Service istio-system/istio-eastwestgateway', 'spec.ports[status-port].port'],
])('an edited %s is named by status with who did it, and an apply mends it', (_what, object, field) => {
  const text = driftOf([{ object, what: 'Changed', fields: [{ field, managers: ['kubectl-edit'] }] }]);
  expect(text).toContain(`${object}: ${field} changed by kubectl-edit`);
  expect(text).toContain('`isthmus plan -f mesh.yaml`');
  expect(text).toContain('next: isthmus apply -f mesh.yaml');
});

test('no apply is proposed for an object of another owner', () => {
  const text = driftOf([{ object: 'Service istio-system/one', what: 'Foreign', fields: [] }]);
  expect(text).toContain('Service istio-system/one: it belongs to someone else');
  expect(text).toContain('where nothing needs it, remove or rename it');
  expect(text).not.toContain('isthmus apply');
});

test('a mesh that was read from standard input is not proposed to be read from there again', () => {
  const text = driftOf(
    [{ object: 'Service istio-system/one', what: 'Missing', fields: [] }],
    sourceFlags({ file: '-' }),
  );
  expect(text).toContain('next: isthmus apply -f FILE');
  expect(text).not.toMatch(/-f -(\s|`|$)/);
});

test('where nothing is broken the next step is a verify', () => {
  expect(statusOf({})).toContain('next: isthmus verify -f mesh.yaml');
});

describe.each([
  ['context-not-found', 'there is no context est', 'choose one of east, west'],
  ['invalid-kubeconfig', 'the plug-in is of version v1alpha1', 'use v1beta1'],
  ['authentication-failed', 'the token is refused', 'log in again'],
  ['access-denied', 'you may not list pods', 'have the right granted'],
  ['cluster-unreachable', 'the connection was refused', 'start the API server'],
] as const)('%s', (code, message, hint) => {
  const error = new IsthmusError(code, message, {
    cluster: 'east',
    remedy: remedy`${hint}, then look with ${kubectl('--context', 'east', 'version')}`,
  });
  const step = `${hint}, then look with \`kubectl --context east version\``;

  test('keeps its own next step in status, and no apply is proposed for it', () => {
    const [topology] = meshOf().topology.clusters;
    if (topology === undefined) throw new Error('the mesh has a cluster');
    const clusters = [unreachableStatus({ ...topology, name: east }, error, readAt)];
    const text = statusText(statusReport({ mesh: 'shop', readAt, clusters }), { source, color: false });
    expect(text).toContain(message);
    expect(text).toContain(step);
    expect(text).not.toContain('isthmus apply');
  });

  test('keeps it in a plan, which proposes nothing', () => {
    const clusters = [{ cluster: east, outcome: 'Failed', error }] as const;
    const report = planReport({ mesh: 'shop', istio: '1.31', clusters }, { outcome: 'None' }, 1);
    const text = planText(report, { apply: source, source, color: false });
    expect(text).toContain(message);
    expect(text).toContain(step);
    expect(text).not.toMatch(/isthmus apply|nothing to do/);
  });

  test('keeps it in a plan for what it leaves unknown of traffic', () => {
    const gap = { message: `east was not read: ${message}`, remedy: error.remedy ?? '' };
    const report = planReport({ mesh: 'shop', istio: '1.31', clusters: [] }, { outcome: 'NotPredicted', ...gap }, 1);
    const text = planText(report, { apply: source, source, color: false });
    expect(text).toContain(`not known: east was not read: ${message}\n    ${step}`);
  });

  test('keeps it in an apply, which has nothing to resume', () => {
    const counts = { created: 0, configured: 0, unchanged: 0 };
    const clusters = [{ cluster: east, outcome: 'Failed', counts, error }] as const;
    const totals = { requests: 1, writes: 0, seconds: 1, newRootFolder: undefined };
    const text = applyText(applyReport({ mesh: 'shop', clusters, ...totals }), { color: false, ...afterApply(source) });
    expect(text).toContain(message);
    expect(text).toContain(step);
    expect(text).toContain('Nothing was changed. When what failed is mended: isthmus apply -f mesh.yaml');
  });
});
