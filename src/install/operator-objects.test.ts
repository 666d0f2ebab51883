import { expect, test } from 'vitest';
import { objectsAt, textAt, valueAt } from '../base/json.ts';
import { refKey, refOf } from '../objects/object.ts';
import { meshLabel } from '../objects/ownership.ts';
import { operatorAccount } from './account.ts';
import { operatorObjects } from './operator-objects.ts';

const objects = operatorObjects({ image: 'registry.example/isthmus:1', replicas: 2 });

test('no object of an installation is twice there, or belongs to a mesh', () => {
  const keys = objects.map((object) => refKey(refOf(object)));
  expect(new Set(keys).size).toBe(keys.length);
  expect(objects.filter(({ metadata }) => metadata.labels?.[meshLabel] !== undefined)).toEqual([]);
});

test('each object comes after what it needs', () => {
  const order = objects.map(({ kind }) => kind);
  const first = (kind: string): number => order.indexOf(kind);
  expect(order.at(-1)).toBe('Deployment');
  expect(order.lastIndexOf('CustomResourceDefinition')).toBeLessThan(first('ValidatingAdmissionPolicy'));
  expect(order.lastIndexOf('Namespace')).toBeLessThan(first('ServiceAccount'));
  expect(order.lastIndexOf('ClusterRole')).toBeLessThan(first('ClusterRoleBinding'));
  expect(order.lastIndexOf('Role')).toBeLessThan(first('RoleBinding'));
});

test('a pod of the operator has no root, no privilege and a limit of memory', () => {
  const pod = valueAt(objects.at(-1), ['spec', 'template', 'spec']);
  expect(pod).toMatchObject({ securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } });
  const [container] = objectsAt(pod, ['containers']);
  expect(container).toMatchObject({
    image: 'registry.example/isthmus:1',
    args: ['operator', 'run'],
    resources: { limits: { memory: '512Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  });
  expect(textAt(container, ['livenessProbe', 'httpGet', 'path'])).toBe('/healthz');
  expect(textAt(container, ['readinessProbe', 'httpGet', 'path'])).toBe('/readyz');
  // The default of one second ends an operator on a busy node.
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    expect(valueAt(container, [probe, 'timeoutSeconds'])).toBe(5);
  }
});

test('the account of another cluster has nothing to do with documents, issuer and Lease', () => {
  const text = (side: 'Home' | 'Remote'): string => JSON.stringify(operatorAccount(side));
  for (const word of ['meshclusters', 'wrappingkeys', 'leases', 'events.k8s.io']) {
    expect(text('Home')).toContain(`"${word}`);
  }
  for (const word of ['meshclusters', 'wrappingkeys', 'events.k8s.io'])
    expect(text('Remote')).not.toContain(`"${word}`);
  expect(text('Remote')).not.toMatch(/escalate|"bind"|impersonate/);
});

test('the pod knows how other clusters reach its API server, where an installation does', () => {
  const argsOf = (homeServer?: string): unknown => {
    const deployment = operatorObjects({ image: 'i', replicas: 1, homeServer }).find(
      ({ kind }) => kind === 'Deployment',
    );
    return objectsAt(deployment, ['spec', 'template', 'spec', 'containers'])[0]?.args;
  };
  expect(argsOf()).toEqual(['operator', 'run']);
  expect(argsOf('https://hub:6443')).toEqual(['operator', 'run', '--home-server=https://hub:6443']);
});
