import { expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { createFake } from '../kube/testing/fake.ts';
import { clusterText, meshText, stream } from '../mesh/testing/mesh-text.ts';
import { nodePorts } from '../node-ports.ts';
import type { KubeObject } from '../objects/object.ts';
import type { VersionReport } from '../report/versions.ts';
import { openMesh } from './open-mesh.ts';

const text = stream(
  meshText,
  clusterText('west'),
  clusterText('east', '  controlPlane: {externalOf: west}\n'),
  clusterText('south', '  istio: {version: "1.30"}\n'),
);

function istiod(namespace: string, image: string, revision?: string): KubeObject {
  const labels = { app: 'istiod', ...(revision === undefined ? {} : { 'istio.io/rev': revision }) };
  const spec = { template: { spec: { containers: [{ name: 'discovery', image }] } } };
  const name = revision === undefined ? 'istiod' : `istiod-${revision}`;
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace, labels }, spec };
}

const inWest = [
  istiod('istio-system', 'docker.io/istio/pilot:1.31.0'),
  istiod('istio-system', 'docker.io/istio/pilot:1.30.2-distroless', 'old'),
  istiod('istiod-east', 'docker.io/istio/pilot:1.31.1'),
];

async function versions(intercept?: () => void): Promise<VersionReport> {
  const connect = async ({ metadata: { name } }: { metadata: { name: string } }): Promise<KubeClient> => {
    if (name === 'south') throw new IsthmusError('cluster-unreachable', 'cluster south: refuses', { cluster: name });
    const objects = name === 'west' ? inWest : [istiod('elsewhere', 'istiod:none')];
    const fake = createFake({
      cluster: name,
      objects,
      version: name === 'west' ? 'v1.36.3' : 'v1.35.0',
      intercept: ({ verb, kind }) => {
        if (verb === 'list' && kind === 'Deployment') intercept?.();
      },
    });
    const get: KubeClient['get'] = async (ref, options) => {
      const found = await fake.get(ref, options);
      // The UID of this namespace is the identity of a cluster.
      return ref.name !== 'kube-system' || found === undefined
        ? found
        : { ...found, metadata: { ...found.metadata, uid: name } };
    };
    return { ...fake, get };
  };
  const session = await openMesh({ text, name: 'mesh.yaml' }, { ...nodePorts({}), connect, version: '9.8.7' });
  return await session.versions({ istioctl: '/nowhere/istioctl' });
}

test('each cluster has the versions that run in it, a hosted istiod where it runs', async () => {
  const { client, declared, renderers, clusters } = await versions();
  expect({ client, declared }).toEqual({ client: '9.8.7', declared: '1.31' });
  expect(renderers).toMatchObject([
    { declared: '1.31', found: false, error: { code: 'istioctl-not-found' } },
    { declared: '1.30', found: false, error: { code: 'istioctl-not-found' } },
  ]);
  expect(clusters).toMatchObject([
    {
      cluster: 'west',
      declared: '1.31',
      kubernetes: 'v1.36.3',
      istiods: [
        { revision: 'default', version: '1.31.0' },
        { revision: 'old', version: '1.30.2-distroless' },
        { revision: 'default', version: '1.31.1' },
      ],
    },
    { cluster: 'east', declared: '1.31', kubernetes: 'v1.35.0', istiods: [] },
    { cluster: 'south', declared: '1.30', reachable: false, error: { code: 'cluster-unreachable' } },
  ]);
});

test('a right that is missing costs what depends on it', async () => {
  const { clusters } = await versions(() => {
    throw new IsthmusError('access-denied', 'may not list Deployments');
  });
  expect(clusters[0]).toMatchObject({ kubernetes: 'v1.36.3', istiods: null, error: { code: 'access-denied' } });
});
