import { expect, test } from 'vitest';
import type { JoinFacts } from '../../facts/join.ts';
import { checkCluster, type Joining } from './cluster.ts';

const member: JoinFacts = {
  readAt: '2026-11-21T00:00:00.000Z',
  cluster: 'west',
  network: 'us',
  services: [],
  podRanges: [],
  kubernetes: 'v1.36.3',
  istio: ['1.31.0'],
  foreignIstio: [],
  networkLabels: [],
  remotes: [],
};
const joining: Joining = {
  facts: { ...member, cluster: 'apac', network: 'eu', istio: [] },
  server: 'https://apac.example:6443',
  istio: '1.31',
  renderer: 'Istioctl',
};

function check(more: Partial<JoinFacts>, other: Partial<JoinFacts> = {}, how: Partial<Joining> = {}): string[] {
  const findings = checkCluster({ ...joining, ...how, facts: { ...joining.facts, ...more } }, [
    { ...member, ...other },
  ]);
  return findings.map(({ severity, code }) => `${severity} ${code}`);
}

test('a cluster that fits is no finding', () => {
  expect(check({})).toEqual([]);
});

test('an Istio of another owner keeps it from joining, unless it is adopted', () => {
  const foreignIstio = ['Deployment istio-system/istiod'];
  expect(check({ foreignIstio })).toEqual(['error join-foreign-istio']);
  expect(check({ foreignIstio }, {}, { renderer: 'Installed' })).toEqual([]);
});

test('a label that says another network keeps it from joining, unless it is ours and will be changed', () => {
  const label = { namespace: 'istio-system', network: 'office', ours: false };
  expect(check({ networkLabels: [label] })).toEqual(['error join-network-differs']);
  expect(check({ networkLabels: [{ ...label, namespace: 'shop' }] })).toEqual(['warning join-network-differs']);
  expect(check({ networkLabels: [{ ...label, ours: true }] })).toEqual([]);
  expect(check({ networkLabels: [{ ...label, network: 'eu' }] })).toEqual([]);
});

test('a name that a member already gives to another cluster keeps it from joining', () => {
  const remote = { cluster: 'apac', secret: 'Secret istio-system/remote', server: 'https://old.example', ours: false };
  expect(check({}, { remotes: [remote] })).toEqual(['error join-name-taken']);
  // An earlier apply of this mesh, which the next one corrects.
  expect(check({}, { remotes: [{ ...remote, ours: true }] })).toEqual(['warning join-name-taken']);
  expect(check({}, { remotes: [{ ...remote, ours: true, server: joining.server }] })).toEqual([]);
  expect(check({}, { remotes: [{ ...remote, cluster: 'east' }] })).toEqual([]);
});

test('Istio may be one minor version apart, Kubernetes is only a warning', () => {
  expect(check({}, { istio: ['1.30.4'] })).toEqual([]);
  expect(check({}, { istio: ['1.29.1'] })).toEqual(['error join-version-skew']);
  expect(check({}, { istio: ['latest'] })).toEqual([]);
  expect(check({ kubernetes: 'v1.33.1' })).toEqual(['warning join-version-skew']);
  expect(check({ kubernetes: 'v1.35.1' })).toEqual([]);
});
