import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { valueAt } from '../base/json.ts';
import { type ControlPlane, ingressOperator, istioOperator, readsRemoteSecrets } from './operator.ts';

const plane: ControlPlane = {
  mesh: 'shop',
  cluster: 'west',
  network: 'us',
  trustDomain: 'cluster.local',
  version: '1.31',
  settings: [],
};

test('a cluster of a mesh with one network', async () => {
  await expect(stringify(istioOperator(plane))).toMatchFileSnapshot('golden/operator-one-network.yaml');
});

test('a cluster of a mesh that spans networks', async () => {
  const gateway = { replicas: 2, annotations: { 'example.com/load-balancer': 'internal' } };
  await expect(stringify(istioOperator({ ...plane, gateway }))).toMatchFileSnapshot(
    'golden/operator-two-networks.yaml',
  );
});

test('a remote has no istiod and is injected as itself', async () => {
  const operator = istioOperator({ ...plane, cluster: 'east', network: 'eu', role: 'Remote', gateway: {} });
  await expect(stringify(operator)).toMatchFileSnapshot('golden/operator-remote.yaml');
});

test('a primary with remotes serves them, and knows the gateways that no Service names', () => {
  const meshNetworks = { eu: { gateways: [{ address: '198.51.100.7', port: 15443 }] } };
  const operator = istioOperator({ ...plane, servesRemotes: true, meshNetworks });
  expect(valueAt(operator, ['spec', 'values', 'global'])).toMatchObject({ externalIstiod: true, meshNetworks });
});

test('a gateway on node ports counts on all nodes, unless its annotations say otherwise', () => {
  const valuesOf = (annotations?: Readonly<Record<string, string>>) =>
    valueAt(istioOperator({ ...plane, gateway: { type: 'NodePort', annotations } }), [
      'spec',
      'values',
      'gateways',
      'istio-ingressgateway',
    ]);
  const selector = 'traffic.istio.io/nodeSelector';
  expect(valuesOf()).toMatchObject({ type: 'NodePort', serviceAnnotations: { [selector]: '{}' } });
  const own = { [selector]: '{"edge":"yes"}', note: 'x' };
  expect(valuesOf(own)).toMatchObject({ serviceAnnotations: own });
});

test('settings of the mesh lie over the defaults, those of the cluster over both', () => {
  const operator = istioOperator({
    ...plane,
    gateway: {},
    settings: [
      {
        values: { global: { proxy: { logLevel: 'info' } }, pilot: { cpu: 1 } },
        meshConfig: { accessLogFile: '/dev/stdout', enableTracing: true },
      },
      {
        values: {
          global: { proxy: { logLevel: 'debug' } },
          gateways: { 'istio-ingressgateway': { type: 'NodePort' } },
        },
        meshConfig: { enableTracing: false },
      },
    ],
  });
  expect(valueAt(operator, ['spec', 'values', 'global'])).toEqual({
    meshID: 'shop',
    multiCluster: { clusterName: 'west' },
    network: 'us',
    enableReaderRBAC: false,
    proxy: { logLevel: 'debug' },
  });
  expect(valueAt(operator, ['spec', 'values', 'pilot'])).toEqual({ cpu: 1 });
  expect(valueAt(operator, ['spec', 'values', 'gateways', 'istio-ingressgateway'])).toMatchObject({
    type: 'NodePort',
    injectionTemplate: 'gateway',
  });
  expect(valueAt(operator, ['spec', 'meshConfig'])).toEqual({
    trustDomain: 'cluster.local',
    accessLogFile: '/dev/stdout',
    enableTracing: false,
  });
});

test('a version whose charts do not know the switch is not given it', () => {
  const operator = istioOperator({ ...plane, version: '1.30' });
  expect(valueAt(operator, ['spec', 'values', 'global', 'enableReaderRBAC'])).toBeUndefined();
});

test('istiod reads Secrets of other clusters unless its settings say no', () => {
  const off = { values: { pilot: { env: { PILOT_ENABLE_REMOTE_CREDENTIALS_CONTROLLER: 'false' } } } };
  expect(readsRemoteSecrets(istioOperator(plane))).toBe(true);
  expect(readsRemoteSecrets(istioOperator({ ...plane, settings: [off] }))).toBe(false);
});

test('a version in which istiod can do without them runs so, unless the user says otherwise', () => {
  const since = ['1.32.1'];
  expect(readsRemoteSecrets(istioOperator({ ...plane, version: '1.32.0' }, since))).toBe(true);
  const fixed: ControlPlane = { ...plane, version: '1.32.1' };
  expect(readsRemoteSecrets(istioOperator(fixed, since))).toBe(false);
  const on = { values: { pilot: { env: { PILOT_ENABLE_REMOTE_CREDENTIALS_CONTROLLER: 'true' } } } };
  expect(readsRemoteSecrets(istioOperator({ ...fixed, settings: [on] }, since))).toBe(true);
  expect(readsRemoteSecrets(istioOperator({ ...fixed, role: 'GatewayOnly' }, since))).toBe(true);
  for (const version of ['1.31', '1.31.0', '1.32.1']) {
    expect(readsRemoteSecrets(istioOperator({ ...plane, version }))).toBe(true);
  }
});

test('a revision has a name, and validates what carries no revision too', () => {
  const operator = istioOperator({ ...plane, revision: 'green' });
  expect(valueAt(operator, ['spec', 'revision'])).toBe('green');
  expect(valueAt(operator, ['spec', 'values', 'defaultRevision'])).toBe('green');
  const unnamed = istioOperator({ ...plane, revision: 'default' });
  expect(unnamed).toEqual(istioOperator(plane));
});

test('beside an Istio that is there only the gateway is rendered', () => {
  const operator = istioOperator({ ...plane, role: 'GatewayOnly', gateway: {} });
  expect(valueAt(operator, ['spec', 'profile'])).toBe('empty');
  expect(valueAt(operator, ['spec', 'values', 'defaultRevision'])).toBeUndefined();
});

test('the ingress gateway has a document of its own, which knows nothing of other networks', async () => {
  const text = stringify(ingressOperator(plane));
  await expect(text).toMatchFileSnapshot('golden/operator-ingress.yaml');
  expect(text).not.toMatch(/eastwest|15443|REQUESTED_NETWORK_VIEW/);
});

test('settings of the mesh and of the cluster lie over the ingress gateway too, and it follows the revision', () => {
  const pods = (max: number) => ({ values: { gateways: { 'istio-ingressgateway': { autoscaleMax: max } } } });
  const operator = ingressOperator({ ...plane, revision: 'green', settings: [pods(3), pods(9)] });
  expect(valueAt(operator, ['spec', 'revision'])).toBe('green');
  expect(valueAt(operator, ['spec', 'values', 'gateways', 'istio-ingressgateway'])).toMatchObject({
    autoscaleMax: 9,
    injectionTemplate: 'gateway',
  });
});
