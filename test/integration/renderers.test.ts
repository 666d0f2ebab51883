import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildHelm } from '../../lab/src/tools/build.ts';
import { istioCharts } from '../../lab/src/tools/charts.ts';
import { toolPaths } from '../../lab/src/tools/tool-paths.ts';
import { isJsonObject, type Json, type JsonObject, valueAt } from '../../src/base/json.ts';
import { type ControlPlane, ingressOperator, istioOperator } from '../../src/istio/operator.ts';
import { createHelm } from '../../src/istio/render/helm.ts';
import { createIstioctl } from '../../src/istio/render/istioctl.ts';
import type { Renderer } from '../../src/istio/render/renderer.ts';
import { withoutGatewaySecretAccess } from '../../src/istio/rendered.ts';
import { groupOf, type KubeObject, refKey, refOf } from '../../src/objects/object.ts';
import { isInstalledIstio } from '../../src/remove/artefact.ts';
import { rulesOf } from '../../src/rights/commands.ts';
import { granting } from '../../src/rights/granting.ts';
import { installed } from '../../src/rights/removing.ts';

const plane: ControlPlane = {
  mesh: 'shop',
  cluster: 'west',
  network: 'us',
  trustDomain: 'shop.example',
  version: '1.31',
  gateway: { replicas: 2, annotations: { 'example.com/lb': 'internal' } },
  settings: [
    { values: { pilot: { env: { PILOT_DEBOUNCE_AFTER: '50ms' } } }, meshConfig: { accessLogFile: '/dev/stdout' } },
  ],
};

let istioctl: Renderer;
let helm: Renderer;
beforeAll(async () => {
  const { bin } = await toolPaths();
  istioctl = createIstioctl({ path: join(bin, 'istioctl'), environment: process.env });
  const charts = await istioCharts();
  helm = createHelm({
    charts,
    version: '1.31',
    path: join((await buildHelm({ report: () => undefined })).bin, 'helm'),
    environment: process.env,
  });
});

const packaging = /^(helm\.sh|app\.kubernetes\.io|operator\.istio\.io|install\.operator\.istio\.io)\/|^release$/;

/** Without the labels that say which program made the object. */
function unpackaged(object: KubeObject): Json {
  const strip = (value: Json, key: string): Json => {
    if (Array.isArray(value)) return value.map((item: Json) => strip(item, ''));
    if (!isJsonObject(value)) return value;
    const entries = Object.entries(value).filter(([name]) => key !== 'labels' || !packaging.test(name));
    return Object.fromEntries(entries.map(([name, field]) => [name, strip(field ?? null, name)]));
  };
  return strip(object, '');
}

function byKey(objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> {
  return new Map(objects.map((object) => [refKey(refOf(object)), object]));
}

/** What the two do differ in: the gateway comes from another chart, and one ConfigMap lists all values for the user. */
function isComparable({ metadata }: KubeObject): boolean {
  return !metadata.name.startsWith('istio-eastwestgateway') && !/^values(-green)?$/.test(metadata.name);
}

describe.each([
  ['Primary', 'default'],
  ['Primary', 'green'],
  ['Remote', 'default'],
  ['Remote', 'green'],
] as const)('a %s of revision %s', (role, revision) => {
  test('has the same control plane, whoever renders it', async () => {
    const operator = istioOperator({ ...plane, role, revision });
    const [ofIstioctl, ofHelm] = await Promise.all([istioctl.render(operator), helm.render(operator)]);
    const wanted = byKey(ofIstioctl.filter(isComparable));
    const found = byKey(ofHelm.filter(isComparable));
    expect([...found.keys()].sort()).toEqual([...wanted.keys()].sort());
    for (const [key, object] of wanted) {
      const other = found.get(key);
      expect({ key, object: other && unpackaged(other) }).toEqual({ key, object: unpackaged(object) });
    }
  });

  test('has a gateway that other networks find, whoever renders it', async () => {
    const operator = istioOperator({ ...plane, role, revision });
    for (const objects of await Promise.all([istioctl.render(operator), helm.render(operator)])) {
      const found = byKey(objects);
      const service = found.get('/Service/istio-system/istio-eastwestgateway') as JsonObject;
      expect(service.metadata).toMatchObject({
        labels: { istio: 'eastwestgateway' },
        annotations: { 'example.com/lb': 'internal' },
      });
      const ports = valueAt(service, ['spec', 'ports']) as readonly JsonObject[];
      expect(ports.map(({ port }) => port)).toEqual([15021, 15443, 15012, 15017]);
      const deployment = found.get('apps/Deployment/istio-system/istio-eastwestgateway') as JsonObject;
      expect(deployment).toMatchObject({
        spec: { replicas: 2, template: { metadata: { labels: { istio: 'eastwestgateway' } } } },
      });
      const [container] = valueAt(deployment, ['spec', 'template', 'spec', 'containers']) as readonly JsonObject[];
      expect(container?.env).toContainEqual({ name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: 'us' });
      // The selector must fit the pods, or the Service has no endpoints.
      const selector = valueAt(service, ['spec', 'selector']);
      expect(valueAt(deployment, ['spec', 'template', 'metadata', 'labels'])).toMatchObject(selector as JsonObject);
    }
  });
});

test('beside an Istio that is there nothing but the gateway is rendered, by whomever', async () => {
  const operator = istioOperator({ ...plane, role: 'GatewayOnly', revision: 'green' });
  for (const objects of await Promise.all([istioctl.render(operator), helm.render(operator)])) {
    const names = objects.map(({ metadata }) => metadata.name);
    expect(names.filter((name) => !name.startsWith('istio-eastwestgateway'))).toEqual([]);
    const [deployment] = objects.filter(({ kind }) => kind === 'Deployment');
    expect(deployment).toMatchObject({ spec: { template: { metadata: { labels: { 'istio.io/rev': 'green' } } } } });
  }
});

test('the ingress gateway comes alone, without rights and with its certificates mounted, whoever renders it', async () => {
  const operator = ingressOperator({ ...plane, revision: 'green' });
  for (const rendered of await Promise.all([istioctl.render(operator), helm.render(operator)])) {
    const objects = withoutGatewaySecretAccess(rendered);
    expect(objects.map(({ kind }) => kind).toSorted()).toEqual([
      'Deployment',
      'HorizontalPodAutoscaler',
      'Service',
      'ServiceAccount',
    ]);
    const [deployment, service] = ['Deployment', 'Service'].map((one) => objects.find(({ kind }) => kind === one));
    for (const object of [deployment, service]) {
      const labels = { app: 'istio-ingressgateway', istio: 'ingressgateway' };
      expect(object?.metadata).toMatchObject({ name: 'istio-ingressgateway', namespace: 'istio-system', labels });
    }
    expect(JSON.stringify(objects)).not.toMatch(/15443|REQUESTED_NETWORK_VIEW|topology\.istio\.io/);
    const ports = valueAt(service, ['spec', 'ports']) as readonly JsonObject[];
    expect(ports.map(({ port, targetPort }) => [port, targetPort])).toEqual([
      [15021, 15021],
      [80, 8080],
      [443, 8443],
    ]);
    const pod = valueAt(deployment, ['spec', 'template']) as JsonObject;
    expect(pod).toMatchObject({
      metadata: {
        labels: { 'istio.io/rev': 'green', ...(valueAt(service, ['spec', 'selector']) as JsonObject) },
        annotations: { 'inject.istio.io/templates': 'gateway' },
      },
    });
    const mounts = [
      ['ingressgateway-certs', 'istio-ingressgateway-certs'],
      ['ingressgateway-ca-certs', 'istio-ingressgateway-ca-certs'],
    ] as const;
    const [container] = valueAt(pod, ['spec', 'containers']) as readonly JsonObject[];
    for (const [name, secretName] of mounts) {
      expect(valueAt(pod, ['spec', 'volumes'])).toContainEqual({ name, secret: { secretName, optional: true } });
      expect(container?.volumeMounts).toContainEqual({ name, mountPath: `/etc/istio/${name}`, readOnly: true });
    }
  }
});

test('charts of another version than the mesh wants are recognized', async () => {
  expect(await helm.version()).toMatchObject({
    version: '1.31.0',
    source: expect.stringContaining('the chart istiod'),
  });
});

/** Each verb on each resource that the roles of istiod give, in the whole cluster or in istio-system. */
function givenBy(objects: readonly KubeObject[]): readonly string[] {
  const roles = objects.filter(
    ({ kind, metadata }) => /^(Cluster)?Role$/.test(kind) && metadata.name.startsWith('istiod'),
  );
  const rights = roles.flatMap(({ kind, rules }) =>
    (rules as unknown as readonly PolicyRule[]).flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => `${kind === 'Role' ? 'Istio' : 'Everywhere'}: ${verb} ${resource} of ${group}`),
        ),
      ),
    ),
  );
  return [...new Set(rights)].toSorted();
}

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

test.each(['default', 'green'])(
  'the roles of istiod of revision %s give what is handed on, and no more',
  async (revision) => {
    const operator = istioOperator({ ...plane, role: 'Primary', revision });
    const handedOn = granting.flatMap(({ verbs, group, resources, place }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${place}: ${verb} ${resource} of ${group}`)),
    );
    const wanted = [...new Set(handedOn)].toSorted();
    for (const objects of await Promise.all([istioctl.render(operator), helm.render(operator)]))
      expect(givenBy(objects)).toEqual(wanted);
  },
);

/** An Istio with everything that its installers know, in namespaces of all kinds. */
const everything: JsonObject = {
  apiVersion: 'install.istio.io/v1alpha1',
  kind: 'IstioOperator',
  metadata: { name: 'all', namespace: 'istio-system' },
  spec: {
    profile: 'ambient',
    components: {
      ingressGateways: [{ name: 'ways-in', namespace: 'edge', enabled: true, k8s: { replicaCount: 2 } }],
      egressGateways: [{ name: 'ways-out', namespace: 'edge', enabled: true }],
    },
    values: {
      pilot: { autoscaleMin: 2 },
      cni: { resourceQuotas: { enabled: true } },
      ztunnel: { resourceQuotas: { enabled: true } },
      global: { networkPolicy: { enabled: true } },
    },
  },
};

test('what removes any Istio may delete every kind that its installers make, in any namespace, and no other', async () => {
  const objects = await istioctl.render(everything);
  const owned = objects.filter((object) => object.kind !== 'CustomResourceDefinition' && object.kind !== 'Namespace');
  expect(owned.filter((object) => !isInstalledIstio(object, new Set())).map(refOf)).toEqual([]);
  const made = new Set(
    owned.map(({ apiVersion, kind }) => `${kind.toLowerCase()}s of ${groupOf(apiVersion)}`.replace('ys of', 'ies of')),
  );
  const may = rulesOf('uninstallAnyIstio')
    .filter(({ verbs, place }) => verbs.includes('delete') && place === 'Everywhere')
    .flatMap(({ group, resources }) => resources.map((resource) => `${resource} of ${group}`));
  expect([...made].filter((one) => !may.includes(one))).toEqual([]);
  // The operator's own kind is that of versions up to 1.23.
  const wide = installed
    .filter(({ group, place }) => place === 'Everywhere' && group !== 'install.istio.io')
    .flatMap(({ group, resources }) => resources.map((resource) => `${resource} of ${group}`));
  expect(wide.filter((one) => !made.has(one))).toEqual([]);
});
