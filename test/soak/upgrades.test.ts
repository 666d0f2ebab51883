import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endedWith } from '../support/cli.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { say } from './seed.ts';

const namespaces = ['shop', 'legacy'] as const;
const rounds = 8;

let lab: TestLab;
beforeAll(async () => {
  lab = await startTestLab({ name: 'soak-upgrade', clusters: twoClusters });
  await apply({ revision: revisionOf(0) });
  for (const namespace of namespaces) {
    await lab.kubectl('west', '-n', namespace, 'apply', '-f', join(checkout, 'lab/manifests/client.yaml'));
    await ready(namespace);
  }
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

function revisionOf(round: number): string {
  return `r${round}`;
}

/** Writes the mesh file and applies it; then nothing is left to do. */
async function apply(istio: object, moved: readonly string[] = []): Promise<void> {
  const documents = [
    { kind: 'Mesh', metadata: { name: 'shop' }, spec: { istio: { version: '1.31', ...istio }, home: 'west' } },
    ...twoClusters.map(({ name, network }) => ({
      kind: 'MeshCluster',
      metadata: { name },
      spec: { network, injectNamespaces: namespaces, movedNamespaces: moved },
    })),
  ];
  const texts = documents.map((document) => JSON.stringify({ apiVersion: 'isthmus.dev/v1alpha1', ...document }));
  const mesh = await lab.file('mesh.yaml', texts.join('\n---\n'));
  endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
  expect(endedWith(0, await lab.isthmus.run(['plan', '-f', mesh, '--exit-code'])).stdout).toContain('nothing to do');
}

async function ready(namespace: string): Promise<void> {
  await lab.kubectl('west', '-n', namespace, 'rollout', 'status', 'deployment/client', '--timeout=240s');
}

async function restart(namespace: string): Promise<void> {
  await lab.kubectl('west', '-n', namespace, 'rollout', 'restart', 'deployment/client');
  await ready(namespace);
}

async function istiods(cluster: string): Promise<readonly string[]> {
  const query = ['-n', 'istio-system', 'get', 'deployments', '-l', 'app=istiod', '-o', 'name'];
  return (await lab.kubectl(cluster, ...query)).trim().split('\n');
}

test.each(Array.from({ length: rounds }, (_, index) => index + 1))(
  'by revision, again and again, the old control plane goes and requests cross the mesh (round %i)',
  async (round) => {
    const istio = { revision: revisionOf(round), previousRevision: revisionOf(round - 1) };
    await apply(istio);
    await apply(istio, ['shop']);
    await restart('shop');
    await apply({ revision: revisionOf(round) });
    await restart('legacy');
    await apply({ revision: revisionOf(round) });
    for (const { name } of twoClusters)
      expect(await istiods(name)).toEqual([`deployment.apps/istiod-${istio.revision}`]);
    const verify = ['verify', '-f', join(lab.folder, 'mesh.yaml')];
    expect(endedWith(0, await lab.isthmus.run(verify)).stdout).toContain('4 of 4 checks passed');
    say(`round ${round}: ${istio.previousRevision} to ${istio.revision}`);
  },
);
