import { expect, test } from 'vitest';
import type { KubeObject } from '../objects/object.ts';
import { withoutGatewaySecretAccess } from './rendered.ts';

function role(kind: string, name: string, namespace = 'istio-system'): KubeObject {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name, namespace } };
}

test("only the east-west gateway's right to read Secrets is left out", () => {
  const kept = [role('Role', 'istiod'), role('Role', 'istio-eastwestgateway-sds', 'shop')];
  const all = [...kept, role('Role', 'istio-eastwestgateway-sds'), role('RoleBinding', 'istio-eastwestgateway-sds')];
  expect(withoutGatewaySecretAccess(all)).toEqual(kept);
});
