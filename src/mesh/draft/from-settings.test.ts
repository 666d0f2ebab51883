import { expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import { readText } from '../text/read-text.ts';
import type { Draft } from './draft.ts';
import { draftText } from './draft-text.ts';
import { draftFromSettings } from './from-settings.ts';
import { readSettings } from './settings.ts';

/** What a team of two clusters keeps, as guides for several clusters have it. */
const operator = (cluster: string, network: string, more = ''): string => `apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: installed}
spec:
  profile: default
  hub: registry.example/istio
  tag: 1.30.2
  meshConfig:
    accessLogFile: /dev/stdout
    trustDomain: example.org
  values:
    global:
      meshID: mesh1
      multiCluster: {clusterName: ${cluster}}
      network: ${network}
      proxy: {logLevel: warning}
${more}`;

const components = `  components:
    pilot:
      k8s:
        resources: {requests: {cpu: 500m}}
        hpaSpec: {minReplicas: 2, maxReplicas: 4}
        env: [{name: PILOT_ENABLE_STATUS, value: "true"}]
        strategy: {rollingUpdate: {maxSurge: 1}}
    ingressGateways:
      - name: istio-ingressgateway
        enabled: true
      - name: istio-eastwestgateway
        label: {istio: eastwestgateway, topology.istio.io/network: us}
        enabled: true
        k8s:
          serviceAnnotations: {example.org/internal: "true"}
          service: {type: NodePort, ports: [{name: tls, port: 15443}]}
    egressGateways: [{name: istio-egressgateway, enabled: true}]
`;

function draftOf(...files: readonly (readonly [name: string, text: string])[]): Draft {
  const read = files.map(([name, text]) => readSettings({ name, text }));
  expect(read.flatMap(({ problems }) => problems)).toEqual([]);
  const draft = draftFromSettings(
    read.flatMap(({ found }) => found),
    {},
  );
  const whole = { ...draft, leftOut: [...read.flatMap(({ leftOut }) => leftOut), ...draft.leftOut] };
  const { declared, findings } = readText(draftText(whole, 'x'), 'mesh.yaml');
  expect({ findings, isMesh: declared !== undefined }).toEqual({ findings: [], isMesh: true });
  return whole;
}

function specs({ documents }: Draft): readonly [unknown, unknown][] {
  return documents.map(({ value }) => [(value.metadata as JsonObject).name, value.spec]);
}

test('IstioOperators of two clusters become a mesh that says once what they have in common', () => {
  const draft = draftOf(['west.yaml', operator('west', 'us', components)], ['east.yaml', operator('east', 'eu')]);
  const [mesh, west, east] = specs(draft);
  expect(mesh).toEqual([
    'mesh1',
    {
      istio: {
        version: '1.30',
        values: { global: { hub: 'registry.example/istio', proxy: { logLevel: 'warning' } } },
        meshConfig: { accessLogFile: '/dev/stdout' },
      },
      trust: { domain: 'example.org' },
    },
  ]);
  expect(west).toEqual([
    'west',
    {
      network: 'us',
      gateway: { type: 'NodePort', annotations: { 'example.org/internal': 'true' } },
      istio: {
        values: {
          pilot: {
            resources: { requests: { cpu: '500m' } },
            autoscaleMin: 2,
            autoscaleMax: 4,
            env: { PILOT_ENABLE_STATUS: 'true' },
          },
        },
      },
    },
  ]);
  expect(east).toEqual(['east', { network: 'eu' }]);
});

test('each setting that has no place is named with its file and a reason', () => {
  const { leftOut } = draftOf(['west.yaml', operator('west', 'us', components)]);
  expect(leftOut.map(({ file, setting }) => `${file} ${setting}`).toSorted()).toEqual([
    'west.yaml spec.components.egressGateways',
    'west.yaml spec.components.ingressGateways[0]',
    'west.yaml spec.components.ingressGateways[1]',
    'west.yaml spec.components.pilot.k8s.strategy',
    'west.yaml spec.profile',
  ]);
  expect(leftOut.every(({ reason }) => reason.length > 10)).toBe(true);
  const ofIngress = leftOut.find(({ setting }) => setting === 'spec.components.ingressGateways[0]');
  expect(ofIngress?.reason).toContain('spec.ingress');
});

test('Helm values of istiod and of its gateway become one cluster named after the file', () => {
  const istiod = `global: {meshID: mesh1, network: us}
meshConfig: {enableTracing: true}
revision: canary
resources: {requests: {memory: 1Gi}}
cni: {enabled: true}
`;
  const gateway = `networkGateway: us
labels: {istio: eastwestgateway}
service: {type: LoadBalancer, annotations: {example.org/internal: "true"}}
global: {multiCluster: {clusterName: west}}
`;
  const draft = draftOf(['helm/west.yaml', istiod], ['helm/west.yaml', gateway]);
  expect(specs(draft)).toEqual([
    [
      'mesh1',
      {
        istio: {
          version: '1.31',
          revision: 'canary',
          values: { pilot: { resources: { requests: { memory: '1Gi' } } } },
          meshConfig: { enableTracing: true },
        },
      },
    ],
    ['west', { network: 'us', gateway: { annotations: { 'example.org/internal': 'true' } } }],
  ]);
  expect(draft.leftOut.map(({ setting }) => setting).toSorted()).toEqual(['cni', 'global', 'labels']);
});

test('what the reader of mesh files refuses is left out with its reason', () => {
  const { leftOut, documents } = draftOf([
    'west.yaml',
    'global: {caAddress: "ca.example.org:443", network: us}\nmeshConfig: {discoverySelectors: [{matchLabels: {team: a}}]}\n',
  ]);
  expect(leftOut.map(({ setting }) => setting).toSorted()).toEqual([
    'spec.istio.meshConfig.discoverySelectors',
    'spec.istio.values.global.caAddress',
  ]);
  expect(leftOut.map(({ reason }) => reason).join()).toContain('ca.example.org:443');
  expect(documents[0]?.value.spec).toEqual({ istio: { version: '1.31' } });
});

test('names that differ between the files are noted, and one without a network gets its own', () => {
  const { notes } = draftOf(
    ['west.yaml', 'global: {meshID: one, multiCluster: {clusterName: west}}\n'],
    ['east.yaml', 'global: {meshID: two, network: eu, multiCluster: {clusterName: east}}\n'],
  );
  expect(notes).toEqual([
    { message: 'the settings have several mesh ids (one, two); the mesh file has one' },
    { cluster: 'west', message: 'the settings name no network; the mesh file says west' },
  ]);
});

test('documents of other kinds are left out, and broken ones named by their line', () => {
  const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\n';
  expect(readSettings({ name: 'all.yaml', text: service }).leftOut).toEqual([
    { file: 'all.yaml', setting: 'Service web', reason: 'not settings of an Istio installation' },
  ]);
  expect(readSettings({ name: 'all.yaml', text: 'a: 1\nb: [\n' })).toMatchObject({
    found: [],
    problems: [{ line: 2 }],
  });
});
