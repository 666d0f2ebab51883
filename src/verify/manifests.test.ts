import { describe, expect, test } from 'vitest';
import { valueAt } from '../base/json.ts';
import { parseClientPlan, parseServerPlan } from '../probe/protocol.ts';
import { clientPodOf, hasSidecar, namespaceOf, type ProbeSpec, serverPodOf, supportOf } from './manifests.ts';

const spec: ProbeSpec = {
  mesh: 'shop',
  namespace: 'isthmus-verify-a',
  cluster: 'east',
  clusters: ['west', 'east'],
  image: 'isthmus.invalid/isthmus:1',
  args: ['probe'],
  injectionLabels: { 'istio.io/rev': 'canary' },
  expires: '2030-01-01T00:00:00.000Z',
  clientSeconds: 120,
  lifetimeSeconds: 240,
};
const targets = [{ service: 'only-west', port: 80, requests: 5, groups: [['west']] }];
const containerOf = (pod: ReturnType<typeof serverPodOf>): Record<string, unknown> =>
  (valueAt(pod, ['spec', 'containers']) as unknown as Record<string, unknown>[])[0] ?? {};
const planOf = (pod: ReturnType<typeof serverPodOf>): string =>
  ((containerOf(pod).env as { value: string }[])[0] ?? { value: '' }).value;

test('the namespace says whose it is, what for and until when', () => {
  expect(namespaceOf(spec).metadata).toEqual({
    name: 'isthmus-verify-a',
    labels: {
      'app.kubernetes.io/managed-by': 'isthmus',
      'isthmus.dev/mesh': 'shop',
      'isthmus.dev/purpose': 'verify',
      'istio.io/rev': 'canary',
    },
    annotations: { 'isthmus.dev/expires': '2030-01-01T00:00:00.000Z' },
  });
});

test('clusters with names of 63 characters have Services, accounts and pods of their own, within the limits of names', () => {
  const [west, east] = [`${'a'.repeat(62)}1`, `${'a'.repeat(62)}2`];
  const long = { ...spec, cluster: east, clusters: [west, east] };
  const objects = [...supportOf(long), serverPodOf(long), clientPodOf(long, targets)];
  const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  expect(new Set(names).size).toBe(names.length);
  for (const { metadata } of objects) {
    const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
    expect([metadata.name, ...Object.values(metadata.labels ?? {})]).toSatisfy((all: readonly string[]) =>
      all.every((one) => label.test(one)),
    );
  }
});

describe('the pods', () => {
  const pods = [serverPodOf(spec), clientPodOf(spec, targets)];

  test('meet the restricted profile of Pod Security and are not the sidecar’s user', () => {
    for (const pod of pods) {
      expect(containerOf(pod).securityContext).toEqual({
        runAsNonRoot: true,
        runAsUser: 65_532,
        runAsGroup: 65_532,
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      });
    }
  });

  test('carry plans that the probes can read', () => {
    expect(parseServerPlan(planOf(serverPodOf(spec)))).toMatchObject({
      cluster: 'east',
      port: 8080,
      lifetimeSeconds: 240,
    });
    expect(parseClientPlan(planOf(clientPodOf(spec, targets)))).toMatchObject({ lifetimeSeconds: 120, targets });
  });

  test('end by themselves, the server only after it has had the time to delete its namespace', () => {
    const deadlines = pods.map((pod) => Number(valueAt(pod, ['spec', 'activeDeadlineSeconds'])));
    expect(deadlines[0]).toBeGreaterThan(spec.lifetimeSeconds);
    expect(deadlines[1]).toBeLessThan(spec.lifetimeSeconds);
  });
});

test('only the server has a token, and may delete its own namespace and nothing else', () => {
  expect(valueAt(serverPodOf(spec), ['spec', 'automountServiceAccountToken'])).toBe(true);
  expect(valueAt(clientPodOf(spec, targets), ['spec', 'automountServiceAccountToken'])).toBe(false);
  const support = supportOf(spec);
  expect(support.find(({ kind }) => kind === 'Role')?.rules).toEqual([
    { apiGroups: [''], resources: ['namespaces'], resourceNames: ['isthmus-verify-a'], verbs: ['delete'] },
  ]);
  expect(support.find(({ kind }) => kind === 'RoleBinding')?.subjects).toEqual([
    { kind: 'ServiceAccount', name: 'server-east', namespace: 'isthmus-verify-a' },
  ]);
});

test('every cluster has the Services of all, and only its own one selects its pods', () => {
  const services = supportOf(spec).filter(({ kind }) => kind === 'Service');
  expect(services.map(({ metadata }) => metadata.name)).toEqual(['only-west', 'only-east', 'all']);
  const labels = serverPodOf(spec).metadata.labels ?? {};
  const selects = services.map((service) =>
    Object.entries(valueAt(service, ['spec', 'selector']) as Record<string, string>).every(
      ([key, value]) => labels[key] === value,
    ),
  );
  expect(selects).toEqual([false, true, true]);
});

test('a sidecar is found as a container and as a native one', () => {
  const pod = serverPodOf(spec);
  expect(hasSidecar(pod)).toBe(false);
  expect(hasSidecar({ ...pod, spec: { containers: [{ name: 'istio-proxy' }] } })).toBe(true);
  expect(hasSidecar({ ...pod, spec: { initContainers: [{ name: 'istio-proxy' }] } })).toBe(true);
});
