import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { toolPaths } from '../../lab/src/tools/tool-paths.ts';
import { isJsonObject, valueAt } from '../../src/base/json.ts';
import { cededPaths } from '../../src/istio/ceded.ts';
import { type ControlPlane, istioOperator } from '../../src/istio/operator.ts';
import { createIstioctl } from '../../src/istio/render/istioctl.ts';
import type { Renderer } from '../../src/istio/render/renderer.ts';
import { withGatewayService, withoutGatewaySecretAccess } from '../../src/istio/rendered.ts';
import { type Stage, stageOf } from '../../src/istio/stages.ts';
import { requireVersion } from '../../src/istio/version.ts';
import { type KubeObject, refOf } from '../../src/objects/object.ts';

const west: ControlPlane = {
  mesh: 'shop',
  cluster: 'west',
  network: 'us',
  trustDomain: 'shop.example',
  version: '1.31',
  settings: [],
};

let istioctl: Renderer;
beforeAll(async () => {
  const path = process.env.ISTHMUS_ISTIOCTL ?? join((await toolPaths()).bin, 'istioctl');
  istioctl = createIstioctl({ path, environment: process.env });
});

function pick(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`istioctl rendered no ${kind} ${name}`);
  return found;
}

function environmentOf(deployment: KubeObject): Record<string, unknown> {
  const containers = valueAt(deployment, ['spec', 'template', 'spec', 'containers']);
  const [container] = Array.isArray(containers) ? containers : [];
  const entries = valueAt(container, ['env']);
  return Object.fromEntries(
    (Array.isArray(entries) ? entries : []).filter(isJsonObject).map(({ name, value }) => [name, value]),
  );
}

function namesByStage(objects: readonly KubeObject[]): Partial<Record<Stage, string[]>> {
  const grouped = Object.entries(Object.groupBy(objects, stageOf));
  return Object.fromEntries(
    grouped.map(([stage, members]) => [stage, members.map(({ kind, metadata }) => `${kind} ${metadata.name}`)]),
  );
}

test('it is an istioctl 1.31', async () => {
  const version = await istioctl.version();
  expect(() => requireVersion([version], { version: '1.31' })).not.toThrow();
  expect(() => requireVersion([version], { version: '1.30' })).toThrow(
    expect.objectContaining({ code: 'renderer-version' }),
  );
});

test('settings that Istio does not know are refused in its own words', async () => {
  const operator = istioOperator({ ...west, settings: [{ values: { global: { noSuchSetting: true } } }] });
  await expect(istioctl.render(operator)).rejects.toMatchObject({
    code: 'istioctl-failed',
    message: expect.stringContaining('noSuchSetting'),
  });
});

describe('a cluster of one network', () => {
  let objects: readonly KubeObject[];
  beforeAll(async () => {
    objects = await istioctl.render(istioOperator(west));
  });

  test('istiod and its sidecars know mesh, cluster, network and trust domain', () => {
    expect(environmentOf(pick(objects, 'Deployment', 'istiod'))).toMatchObject({ CLUSTER_ID: 'west' });
    const config = pick(objects, 'ConfigMap', 'istio').data;
    expect(config).toMatchObject({ mesh: expect.stringContaining('trustDomain: shop.example') });
    expect(config).toMatchObject({ mesh: expect.stringContaining('meshId: shop') });
    const injector = pick(objects, 'ConfigMap', 'istio-sidecar-injector').data;
    const values = JSON.parse(String(valueAt(injector, ['values'])));
    expect(values.global).toMatchObject({ network: 'us', meshID: 'shop', multiCluster: { clusterName: 'west' } });
  });

  test('there is no gateway and no reader of the chart', () => {
    const text = objects.map((object) => `${object.kind} ${object.metadata.name}`).join('\n');
    expect(text).not.toMatch(/gateway(?!s\.|-controller|classes)|istio-reader/);
  });

  test('the webhooks cede what istiod sets', () => {
    const ceding = objects.filter((object) => cededPaths(refOf(object)).length > 0);
    expect(ceding.map(({ metadata }) => metadata.name).sort()).toEqual([
      'istio-sidecar-injector',
      'istio-validator-istio-system',
      'istiod-default-validator',
    ]);
    expect(objects.filter((object) => stageOf(object) === 'Webhooks')).toHaveLength(ceding.length);
  });
});

describe('a cluster of a mesh that spans networks', () => {
  let objects: readonly KubeObject[];
  beforeAll(async () => {
    const gateway = { replicas: 2, annotations: { 'example.com/pool': 'wan' } };
    objects = withoutGatewaySecretAccess(await istioctl.render(istioOperator({ ...west, gateway })));
  });

  test('every object has its stage', () => {
    const { Definitions: definitions, ...rest } = namesByStage(objects);
    expect(definitions).toContain('CustomResourceDefinition gateways.networking.istio.io');
    expect(rest).toEqual({
      Access: [
        'ServiceAccount istio-eastwestgateway-service-account',
        'ServiceAccount istiod',
        'ClusterRole istiod-clusterrole-istio-system',
        'ClusterRole istiod-gateway-controller-istio-system',
        'ClusterRoleBinding istiod-clusterrole-istio-system',
        'ClusterRoleBinding istiod-gateway-controller-istio-system',
        'Role istiod',
        'RoleBinding istiod',
      ],
      Address: ['Service istio-eastwestgateway'],
      Configuration: ['ConfigMap istio', 'ConfigMap istio-sidecar-injector', 'ConfigMap values'],
      ControlPlane: ['Deployment istiod', 'HorizontalPodAutoscaler istiod', 'Service istiod'],
      Webhooks: [
        'ValidatingWebhookConfiguration istio-validator-istio-system',
        'ValidatingWebhookConfiguration istiod-default-validator',
        'MutatingWebhookConfiguration istio-sidecar-injector',
      ],
      Gateway: ['Deployment istio-eastwestgateway', 'PodDisruptionBudget istio-eastwestgateway'],
    });
  });

  test("the gateway's Service is found by other networks", () => {
    const wished = withGatewayService(objects, { network: 'us', hasWebhookPort: false });
    const service = pick(wished, 'Service', 'istio-eastwestgateway');
    expect(service.metadata.labels).toMatchObject({ istio: 'eastwestgateway', 'topology.istio.io/network': 'us' });
    expect(service.metadata.annotations).toEqual({ 'example.com/pool': 'wan' });
    expect(valueAt(service, ['spec', 'type'])).toBe('LoadBalancer');
    expect(valueAt(service, ['spec', 'ports'])).toEqual(
      [15021, 15443, 15012, 15017].map((port) => expect.objectContaining({ port, targetPort: port, protocol: 'TCP' })),
    );
  });

  test('its pods are injected with the gateway template and serve their own network', () => {
    const deployment = pick(objects, 'Deployment', 'istio-eastwestgateway');
    expect(valueAt(deployment, ['spec', 'replicas'])).toBe(2);
    expect(valueAt(deployment, ['spec', 'template', 'metadata', 'annotations'])).toMatchObject({
      'inject.istio.io/templates': 'gateway',
    });
    expect(environmentOf(deployment)).toMatchObject({ ISTIO_META_REQUESTED_NETWORK_VIEW: 'us' });
  });

  test('without a number of replicas an autoscaler sets it, and not the Deployment', async () => {
    const scaled = await istioctl.render(istioOperator({ ...west, gateway: {} }));
    expect(stageOf(pick(scaled, 'HorizontalPodAutoscaler', 'istio-eastwestgateway'))).toBe('Gateway');
    expect(valueAt(pick(scaled, 'Deployment', 'istio-eastwestgateway'), ['spec', 'replicas'])).toBeUndefined();
  });

  test("the user's values reach the gateway", async () => {
    const values = { gateways: { 'istio-ingressgateway': { type: 'NodePort' } } };
    const changed = await istioctl.render(istioOperator({ ...west, gateway: {}, settings: [{ values }] }));
    expect(valueAt(pick(changed, 'Service', 'istio-eastwestgateway'), ['spec', 'type'])).toBe('NodePort');
  });
});
