import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterDocument, home, isthmus, kubectl, meshText, remote } from '../operator/kept-mesh.ts';
import { deployment, helloContainer } from '../operator/sample.ts';
import type { Ground } from '../run.ts';

/** The home cannot leave, so requests move to it. */
export const green = home;
export const blue = remote;

export const service = 'hello';
export const namespace = 'sample';
export const url = `http://${service}.${namespace}:5000/hello`;

/** The shares of the service, in percent, by cluster. */
export type Split = Readonly<Record<string, number>>;

/** Writes the mesh file with these clusters, and with a split of the service where one is given. */
export async function declare({ work }: Ground, clusters: readonly string[], split?: Split): Promise<string> {
  const file = join(work, 'traffic.yaml');
  const document = { kind: 'MeshService', metadata: { name: service, namespace }, spec: { split } };
  const members = clusters.map((name) => clusterDocument(name));
  await writeFile(file, meshText(split === undefined ? members : [...members, document]));
  return file;
}

/** Makes the mesh of both clusters, with the service and a client in each. */
export async function deployMoved(ground: Ground, split?: Split): Promise<void> {
  const both = [green, blue];
  for (const cluster of both) {
    const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await kubectl(ground, cluster, ['apply', '-f', '-'], JSON.stringify(made));
  }
  await isthmus(ground, ['apply', '-f', await declare(ground, both, split)]);
  await Promise.all(both.map(async (cluster) => await deploy(ground, cluster)));
}

/** The pods are replaced, so that those of an earlier mesh have the sidecars of this one. */
async function deploy(ground: Ground, cluster: string): Promise<void> {
  const target = ['-n', namespace];
  await kubectl(ground, cluster, [...target, 'delete', 'deployments', '--all', '--cascade=foreground']);
  await kubectl(ground, cluster, [...target, 'apply', '-f', '-'], manifest(cluster));
  await kubectl(ground, cluster, [
    ...target,
    'wait',
    '--for=condition=Available',
    'deployments',
    '--all',
    '--timeout=300s',
  ]);
}

/** The service and its pods have one name in both clusters. */
function manifest(cluster: string): string {
  const spec = { selector: { app: service }, ports: [{ name: 'http', port: 5000 }] };
  const items = [
    { apiVersion: 'v1', kind: 'Service', metadata: { name: service }, spec },
    deployment(service, helloContainer(cluster)),
    deployment('client', { name: 'client', image: 'isthmus.invalid/lab-client:1' }),
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
