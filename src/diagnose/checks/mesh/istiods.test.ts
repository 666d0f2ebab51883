import { expect, test } from 'vitest';
import type { MeshObjects } from '../../facts/mesh-objects.ts';
import { istiodWaitsFindings } from './istiod-waits.ts';
import { kubeconfigFolderFindings } from './kubeconfig-folder.ts';

function mesh(flags: Readonly<Record<string, string>>, more: Partial<MeshObjects> = {}): MeshObjects {
  return {
    readAt: '2030-01-01T00:00:00.000Z',
    names: ['west', 'east'],
    members: [],
    istiods: [
      { cluster: 'west', meshConfig: {}, flags },
      { cluster: 'east', meshConfig: {} },
    ],
    remoteSecrets: [
      { cluster: 'west', name: 'istio-system/b', remotes: [] },
      { cluster: 'west', name: 'istio-system/a', remotes: [] },
      { cluster: 'east', name: 'istio-system/c', remotes: [] },
    ],
    held: [],
    ...more,
  };
}

test.each(['0', '0s', '0m0s', '0.0h', '+0ns'])('an istiod without a limit (%s) waits for its peers', (limit) => {
  const found = istiodWaitsFindings(mesh({ PILOT_REMOTE_CLUSTER_TIMEOUT: limit }));
  expect(found).toMatchObject([{ code: 'istiod-waits', cluster: 'west', severity: 'warning' }]);
  expect(found[0]?.evidence?.[0]?.fact).toBe(`PILOT_REMOTE_CLUSTER_TIMEOUT is ${limit}`);
  const [fix] = found[0]?.fix ?? [];
  const environment = ['-n', 'istio-system', 'set', 'env', 'deployment/istiod', 'PILOT_REMOTE_CLUSTER_TIMEOUT-'];
  expect(fix).toEqual({ do: 'Execute', program: 'kubectl', args: ['--context', 'west', ...environment] });
});

test.each(['30s', '10s', '0m5s', '', 'redacted'])('an istiod with the limit "%s" does not wait longer', (limit) => {
  expect(istiodWaitsFindings(mesh({ PILOT_REMOTE_CLUSTER_TIMEOUT: limit }))).toEqual([]);
});

test('an istiod without peers waits for none', () => {
  expect(istiodWaitsFindings(mesh({ PILOT_REMOTE_CLUSTER_TIMEOUT: '0' }, { names: ['west'] }))).toEqual([]);
});

test('an istiod with a folder of kubeconfigs passes its remote secrets over', () => {
  const found = kubeconfigFolderFindings(mesh({ PILOT_MULTICLUSTER_KUBECONFIG_PATH: '/etc/clusters' }));
  expect(found).toMatchObject([{ code: 'kubeconfig-folder', cluster: 'west', severity: 'error' }]);
  expect(found[0]?.message).toContain(
    '/etc/clusters and passes the remote secrets over (istio-system/a, istio-system/b)',
  );
});

test('a folder alone, or remote secrets alone, are as they should be', () => {
  expect(kubeconfigFolderFindings(mesh({}))).toEqual([]);
  expect(kubeconfigFolderFindings(mesh({ PILOT_MULTICLUSTER_KUBECONFIG_PATH: '' }))).toEqual([]);
  const folder = { PILOT_MULTICLUSTER_KUBECONFIG_PATH: '/etc/clusters' };
  expect(kubeconfigFolderFindings(mesh(folder, { remoteSecrets: [] }))).toEqual([]);
});
