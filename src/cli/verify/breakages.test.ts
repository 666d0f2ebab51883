import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../../base/error.ts';
import type { Finding } from '../../base/finding.ts';
import { remedy, run } from '../../base/remedy.ts';
import { reportedFinding } from '../../engine/reporting/finding.ts';
import { verifyReport } from '../../engine/reporting/verify.ts';
import { virtualClock } from '../../probe/virtual-clock.ts';
import { type FakeMesh, fakeCluster, gatewayAddress, podIp, workingMesh } from '../../verify/fake-mesh.ts';
import { verify } from '../../verify/verify.ts';
import { verifyText } from './text.ts';

type Member = Parameters<typeof workingMesh>[0][number];
const members = [
  { name: 'west', network: 'us' },
  { name: 'east', network: 'eu' },
];
const working = workingMesh(members);

/** What verify says of a mesh of west and east in which this differs. */
async function verifyOf(
  over: Partial<FakeMesh>,
  causes: readonly Finding[] = [],
  clusters: readonly Member[] = members,
): Promise<string> {
  const mesh = { ...workingMesh(clusters), ...over };
  const clock = virtualClock();
  const report = await verify({
    mesh: 'shop',
    trustDomain: mesh.trustDomain,
    clusters: clusters.map((member) => ({
      ...member,
      access: { client: fakeCluster(mesh, member.name, clock).client },
    })),
    image: 'isthmus.invalid/isthmus:1',
    runId: 'ab12',
    clock,
    signal: new AbortController().signal,
  });
  return verifyText(verifyReport(report, causes.map(reportedFinding)), { source: '-f mesh.yaml', color: false });
}

const toEast = (from: string, cluster: string): boolean => from === 'west' && cluster === 'east';
const refusing = (
  code: 'access-denied' | 'authentication-failed' | 'cluster-unreachable',
  message: string,
  by = 'east',
) => ({
  apiFailure: (cluster: string) =>
    cluster === by
      ? new IsthmusError(code, message, { cluster: by, remedy: 'have it allowed, then log in again' })
      : undefined,
});
const pending = (reason: string) => ({
  podStatus: (cluster: string, pod: string) =>
    cluster === 'east'
      ? {
          phase: 'Pending',
          conditions: [{ type: 'Ready', status: 'False' }],
          containerStatuses: [{ name: 'probe', ready: false, state: { waiting: { reason, message: 'not found' } } }],
        }
      : working.podStatus(cluster, pod),
});

test.each<[what: string, over: Partial<FakeMesh>, title: string, cause: string, step: string]>([
  [
    'the token is refused',
    refusing('authentication-failed', 'the token is refused'),
    'NOT TESTED west -> east, at Cluster',
    'the token is refused',
    'log in again',
  ],
  [
    'the user may only read',
    refusing('access-denied', 'you may not create namespaces'),
    'NOT TESTED west -> east, at Cluster',
    'you may not create namespaces',
    'have it allowed',
  ],
  [
    'the API server is down',
    refusing('cluster-unreachable', 'the connection was refused'),
    'NOT TESTED west -> east, at Cluster',
    'the connection was refused',
    'have it allowed',
  ],
  [
    'the image cannot be had',
    pending('ErrImagePull'),
    'NOT TESTED east -> west, at ClientPod',
    'ErrImagePull',
    '--probe-image',
  ],
  [
    'the remote secret is gone',
    { hosts: (from, to) => (toEast(from, to) ? [] : working.hosts(from, to)) },
    'FAILED west -> east, at Discovery',
    'istiod in west knows no endpoint of east',
    '`isthmus status -f mesh.yaml`',
  ],
  [
    'the gateway does not answer',
    {
      answer: (from, { cluster }) => (toEast(from, cluster) ? new Error('no answer within 2000 ms') : undefined),
      dial: (_from, host) => ({ ...host, tcp: 'Timeout', tls: 'None' }),
    },
    'FAILED west -> east, at Connect',
    gatewayAddress('east'),
    'gateway',
  ],
  [
    'the gateway is of another network',
    {
      hosts: (from, to) =>
        toEast(from, to) ? [{ address: podIp('east'), port: 8080, cluster: 'east' }] : working.hosts(from, to),
    },
    'FAILED west -> east, at Network',
    'instead of a gateway of network eu',
    'topology.istio.io/network',
  ],
  [
    'namespaces get no sidecar',
    { injects: (cluster) => cluster !== 'east' },
    'FAILED east -> west, at ClientPod',
    'the pods in east were created without a sidecar',
    'MutatingWebhookConfigurations of east',
  ],
])('where %s verify names the cause and the next step', async (...[, over, title, cause, step]) => {
  const text = await verifyOf(over);
  const [checks = '', hop = ''] = title.split(', ');
  const failure = text.split('\n\n').find((section) => section.startsWith(checks) && section.includes(hop));
  expect(failure ?? '', text).toContain(cause);
  expect(failure?.split('hint: ')[1] ?? '', text).toContain(step);
  expect(text).not.toMatch(/^next: isthmus apply/m);
});

test('what status finds for the same cause comes first, once, and then what the requests showed', async () => {
  const cause: Finding = {
    code: 'peer-secret',
    severity: 'error',
    cluster: 'west',
    message: 'the remote secret of east is missing',
    remedy: remedy`run ${run('apply')}`,
  };
  const gone: Partial<FakeMesh> = { hosts: (from, to) => (toEast(from, to) ? [] : working.hosts(from, to)) };
  const text = await verifyOf(gone, [cause]);
  expect(text.match(/the remote secret of east is missing/g)).toHaveLength(1);
  expect(text).toContain(
    'what is wrong there\n! west: the remote secret of east is missing [peer-secret]\n  run `isthmus apply -f mesh.yaml`\n\nFAILED west -> east',
  );
  expect(await verifyOf({})).not.toContain('what is wrong');
});

describe('of many pairs', () => {
  const many = ['one', 'two', 'three', 'four'].map((name) => ({ name, network: `net-${name}` }));
  const mesh = workingMesh(many);
  const sections = (text: string): readonly string[] => text.split('\n\n').filter((part) => /^(FAILED|NOT)/.test(part));

  test('those that fail for one cause are one section, with every pair and every cluster', async () => {
    const shut: Partial<FakeMesh> = {
      answer: (from, { cluster }) => (cluster === 'four' && from !== 'four' ? new Error('no answer') : undefined),
      dial: (_from, host) => ({ ...host, tcp: 'Timeout', tls: 'None' }),
    };
    const found = sections(await verifyOf(shut, [], many));
    expect(found[0]).toContain(
      'FAILED one -> four, two -> four, three -> four, shared service from one, shared service from two, shared service from three, at Connect: pods of one, two, three cannot open a TCP connection to the east-west gateway of four\n',
    );
    expect(found[0]).toContain('reachable from the nodes of one, two, three on port');
    expect(found.filter((section) => section.includes(' -> ')).length).toBe(1);
  });

  test('a cluster that refuses the probes is one section, and so is an image that none can have', async () => {
    const refused = sections(await verifyOf(refusing('access-denied', 'you may not', 'four'), [], many));
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatch(
      /^NOT TESTED one -> four, .*four -> three, shared service from four, at Cluster: four was not tested/,
    );
    const without: Partial<FakeMesh> = {
      podStatus: () => ({
        phase: 'Pending',
        conditions: [{ type: 'Ready', status: 'False' }],
        containerStatuses: [
          { name: 'probe', ready: false, state: { waiting: { reason: 'ErrImagePull', message: 'not found' } } },
        ],
      }),
    };
    const pulled = sections(await verifyOf(without, [], many));
    expect(pulled).toHaveLength(1);
    expect(pulled[0]).toContain('the client pod in one, two, three, four is not ready');
  });

  test('what differs by cause stays apart', async () => {
    const gone: Partial<FakeMesh> = {
      hosts: (from, to) => (from !== to && ['three', 'four'].includes(to) ? [] : mesh.hosts(from, to)),
    };
    const found = sections(await verifyOf(gone, [], many)).filter((section) => section.includes(' -> '));
    expect(found.map((section) => section.slice(0, section.indexOf(', at')))).toEqual([
      'FAILED one -> three, one -> four',
      'FAILED two -> three, two -> four',
      'FAILED three -> four',
      'FAILED four -> three',
    ]);
  });
});
