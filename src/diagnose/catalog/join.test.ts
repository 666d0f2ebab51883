import { expect, test } from 'vitest';
import { checkCluster } from '../checks/join/cluster.ts';
import { checkPodRanges } from '../checks/join/pod-ranges.ts';
import { checkServices } from '../checks/join/services.ts';
import type { JoinFacts, ServiceFact } from '../facts/join.ts';
import { findingCatalog } from './catalog.ts';
import { joinEntries } from './join.ts';

const west: JoinFacts = {
  readAt: '2026-11-21T00:00:00.000Z',
  cluster: 'west',
  network: 'eu',
  services: [],
  podRanges: [],
  kubernetes: 'v1.36.3',
  istio: ['1.29.2'],
  foreignIstio: [],
  networkLabels: [],
  remotes: [
    {
      cluster: 'apac',
      secret: 'Secret istio-system/istio-remote-secret-apac',
      server: 'https://10.0.0.9:6443',
      ours: false,
    },
  ],
};
const apac: JoinFacts = {
  ...west,
  cluster: 'apac',
  istio: [],
  remotes: [],
  podRanges: ['10.244.0.0/24'],
  foreignIstio: ['Deployment istio-system/istiod'],
  networkLabels: [{ namespace: 'istio-system', network: 'office', ours: false }],
};

function cart(number: number, name: string): ServiceFact {
  const ports = [{ number, name, protocol: 'TCP', appProtocol: undefined }];
  return { namespace: 'shop', name: 'cart', form: 'ClusterIP', ports, selector: { app: 'cart' }, images: ['cart'] };
}

test('the entries show messages as the comparisons of the clusters word them', () => {
  const compare = (here: ServiceFact): ReturnType<typeof checkServices> =>
    checkServices({ ...apac, services: [here] }, [{ ...west, services: [cart(80, 'http')] }], []);
  const found = [
    ...checkCluster({ facts: apac, server: 'https://apac', istio: '1.31', renderer: 'Istioctl' }, [west]),
    ...checkPodRanges(apac, [{ ...west, cluster: 'east', podRanges: ['10.244.0.0/16'] }]),
    ...compare(cart(80, 'web')),
    ...compare(cart(5432, 'tcp')),
  ];
  const shown = found.map(({ code, cluster, message }) => [code, `${cluster}: ${message}`]);
  expect(shown.toSorted()).toEqual(
    Object.keys(joinEntries)
      .filter((code) => code !== 'join-unreachable')
      .toSorted()
      .map((code) => [code, Object.entries(findingCatalog).find(([one]) => one === code)?.[1].shown]),
  );
});
