import { expect, test } from 'vitest';
import type { KubeObject } from '../objects/object.ts';
import { withGatewayStartupProbe, withoutGatewaySecretAccess } from './rendered.ts';

function role(kind: string, name: string, namespace = 'istio-system'): KubeObject {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name, namespace } };
}

test("only the east-west gateway's right to read Secrets is left out", () => {
  const kept = [role('Role', 'istiod'), role('Role', 'istio-eastwestgateway-sds', 'shop')];
  const all = [...kept, role('Role', 'istio-eastwestgateway-sds'), role('RoleBinding', 'istio-eastwestgateway-sds')];
  expect(withoutGatewaySecretAccess(all)).toEqual(kept);
});

test('the east-west gateway gets a start-up probe, and keeps one that it has', () => {
  const deployment = (name: string, container: object): KubeObject =>
    ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'istio-system' },
      spec: { replicas: 2, template: { spec: { containers: [container] } } },
    }) as unknown as KubeObject;
  const [gateway, own, istiod] = withGatewayStartupProbe([
    deployment('istio-eastwestgateway', { name: 'istio-proxy', image: 'auto' }),
    deployment('istio-eastwestgateway', { name: 'istio-proxy', startupProbe: { periodSeconds: 9 } }),
    deployment('istiod', { name: 'discovery' }),
  ]);
  const container = { name: 'istio-proxy', image: 'auto', startupProbe: { periodSeconds: 1 } };
  expect(gateway).toMatchObject({ spec: { replicas: 2, template: { spec: { containers: [container] } } } });
  expect(own).toMatchObject({ spec: { template: { spec: { containers: [{ startupProbe: { periodSeconds: 9 } }] } } } });
  expect(istiod).toEqual(deployment('istiod', { name: 'discovery' }));
});
