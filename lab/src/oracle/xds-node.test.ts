import { expect, test } from 'vitest';
import { xdsNode } from './xds-node.ts';

const proxy = {
  type: 'sidecar',
  cluster: 'west',
  namespace: 'shop',
  name: 'web-0',
  network: '',
  ips: [],
  labels: { app: 'web' },
  view: [],
  node: '',
  locality: '',
} as const;

test('metadata that a proxy does not have is left out', () => {
  expect(xdsNode(proxy, 'cluster.local', '1.31.0')).toEqual({
    id: 'sidecar~0.0.0.0~web-0.shop~shop.svc.cluster.local',
    metadata: {
      CLUSTER_ID: 'west',
      NAMESPACE: 'shop',
      NAME: 'web-0',
      LABELS: { app: 'web' },
      ISTIO_VERSION: '1.31.0',
    },
    region: '',
    zone: '',
    subZone: '',
  });
});

test('all else is passed on as pilot-agent writes it', () => {
  const full = {
    ...proxy,
    network: 'us',
    ips: ['10.0.0.1', 'fd00::1'],
    view: ['us', 'eu'],
    node: 'n1',
    locality: 'r/z',
  };
  const made = xdsNode(full, 'cluster.local', '1.31.0');
  expect(made.metadata).toMatchObject({
    NETWORK: 'us',
    INSTANCE_IPS: '10.0.0.1,fd00::1',
    REQUESTED_NETWORK_VIEW: 'us,eu',
    NODE_NAME: 'n1',
  });
  expect([made.id, made.region, made.zone, made.subZone]).toEqual([
    'sidecar~10.0.0.1~web-0.shop~shop.svc.cluster.local',
    'r',
    'z',
    '',
  ]);
});
