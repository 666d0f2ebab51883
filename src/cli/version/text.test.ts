import { expect, test } from 'vitest';
import type { VersionReport } from '../../report/versions.ts';
import { versionText } from './text.ts';

const alone: VersionReport = {
  apiVersion: 'isthmus.dev/v1alpha1',
  kind: 'VersionReport',
  client: '0.1.0',
  clusters: [],
};

test('without a mesh it is the version alone, as scripts read it', () => {
  expect(versionText(alone, { color: false })).toBe('0.1.0\n');
});

test('with a mesh it is a table, and what could not be asked has its reason', () => {
  const unfit = {
    code: 'renderer-version',
    message: 'cluster north wants Istio 1.30, but the istioctl at /usr/bin/istioctl is version 1.31.0',
    retry: false,
  } as const;
  const denied = { code: 'access-denied', message: 'cluster east: may not list Deployments', retry: false } as const;
  const report: VersionReport = {
    ...alone,
    mesh: 'shop',
    declared: '1.31',
    renderers: [
      { declared: '1.31', found: true, program: 'the istioctl at /usr/bin/istioctl', version: '1.31.0' },
      { declared: '1.30', found: false, error: unfit },
    ],
    clusters: [
      {
        cluster: 'west',
        declared: '1.31',
        reachable: true,
        kubernetes: 'v1.36.3',
        istiods: [
          { revision: 'default', version: '1.31.0' },
          { revision: 'old', version: null },
        ],
      },
      { cluster: 'east', declared: '1.31', reachable: true, kubernetes: 'v1.36.3', istiods: null, error: denied },
      { cluster: 'north', declared: '1.30', reachable: true, kubernetes: 'v1.36.3', istiods: [] },
    ],
  };
  expect(versionText(report, { color: false })).toBe(`Isthmus    0.1.0
renderer   Istio 1.31.0, the istioctl at /usr/bin/istioctl
renderer   Istio 1.30, none
mesh shop  Istio 1.31

CLUSTER  KUBERNETES  DECLARED  ISTIOD
west     v1.36.3     1.31      1.31.0, ? (old)
east     v1.36.3     1.31      ?
north    v1.36.3     1.30      -

error: cluster north wants Istio 1.30, but the istioctl at /usr/bin/istioctl is version 1.31.0 [renderer-version]
error: cluster east: may not list Deployments [access-denied]
`);
});
