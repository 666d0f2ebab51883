import { expect, test } from 'vitest';
import type { KubeObject } from '../objects/object.ts';
import { withGatewayService, withoutGatewaySecretAccess, withStartupProbes } from './rendered.ts';

function role(kind: string, name: string, namespace = 'istio-system'): KubeObject {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name, namespace } };
}

test("only the gateways' right to read Secrets is left out", () => {
  const names = ['istio-eastwestgateway-sds', 'istio-ingressgateway-sds'];
  const kept = [role('Role', 'istiod'), ...names.map((name) => role('Role', name, 'shop'))];
  const all = [...kept, ...names.flatMap((name) => [role('Role', name), role('RoleBinding', name)])];
  expect(withoutGatewaySecretAccess(all)).toEqual(kept);
});

test('istiod and the gateways get a start-up probe, and keep one that they have', () => {
  const deployment = (name: string, container: object): KubeObject =>
    ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'istio-system', labels: { app: name } },
      spec: { replicas: 2, template: { spec: { containers: [container] } } },
    }) as unknown as KubeObject;
  const [gateway, own, ingress, istiod, other] = withStartupProbes([
    deployment('istio-eastwestgateway', { name: 'istio-proxy', image: 'auto' }),
    deployment('istio-eastwestgateway', { name: 'istio-proxy', startupProbe: { periodSeconds: 9 } }),
    deployment('istio-ingressgateway', { name: 'istio-proxy' }),
    deployment('istiod', { name: 'discovery' }),
    deployment('other', { name: 'other' }),
  ]);
  const container = { name: 'istio-proxy', image: 'auto', startupProbe: { httpGet: { port: 15021 } } };
  expect(gateway).toMatchObject({ spec: { replicas: 2, template: { spec: { containers: [container] } } } });
  expect(own).toMatchObject({ spec: { template: { spec: { containers: [{ startupProbe: { periodSeconds: 9 } }] } } } });
  const probed = { name: 'istio-proxy', startupProbe: { httpGet: { path: '/healthz/ready', port: 15021 } } };
  expect(ingress).toMatchObject({ spec: { template: { spec: { containers: [probed] } } } });
  const discovery = { name: 'discovery', startupProbe: { httpGet: { path: '/ready', port: 8080 } } };
  expect(istiod).toMatchObject({ spec: { template: { spec: { containers: [discovery] } } } });
  expect(other).toEqual(deployment('other', { name: 'other' }));
});

test("the gateway's Service names its network, and has istiod's port where a host name needs it", () => {
  const service: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'istio-eastwestgateway', labels: { app: 'x' } },
    spec: { type: 'LoadBalancer', ports: [{ port: 15443 }] },
  };
  const other = { ...service, metadata: { name: 'istiod' } };
  expect(withGatewayService([service, other], { network: 'us', hasWebhookPort: false })).toEqual([
    { ...service, metadata: { ...service.metadata, labels: { app: 'x', 'topology.istio.io/network': 'us' } } },
    other,
  ]);
  const [addressed] = withGatewayService([service], { network: undefined, hasWebhookPort: true });
  expect(addressed?.metadata.labels).toEqual({ app: 'x' });
  expect(addressed).toMatchObject({ spec: { ports: [{ port: 15443 }, { port: 443, targetPort: 15017 }] } });
});
