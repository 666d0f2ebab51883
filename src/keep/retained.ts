import { apiVersion } from '../api/mesh.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import { parseJson } from '../base/parse-json.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { managedByLabel, managedByValue, systemNamespace } from '../objects/ownership.ts';
import type { KeptDocument } from './documents.ts';
import { operatorManager } from './record.ts';

/**
 * What was declared of clusters whose documents are gone and which stay in the mesh: without it the next reconcile would take
 * them out of all the others.
 */
export const retainedRef = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: systemNamespace,
  name: 'isthmus-retained',
} as const;

/** The retained clusters of a mesh, as the MeshClusters that they were. */
export async function readRetained(
  client: KubeClient,
  mesh: string,
  signal?: AbortSignal,
): Promise<readonly KubeObject[]> {
  const data = await readData(client, signal);
  return Object.entries(data).flatMap(([key, text]) => {
    const name = nameIn(key, mesh);
    const spec = parseJson(text);
    if (name === undefined || !isJsonObject(spec)) return [];
    return [{ apiVersion, kind: 'MeshCluster', metadata: { name, namespace: systemNamespace }, spec }];
  });
}

/** Keeps the record of a cluster whose document goes. */
export async function retain(
  client: KubeClient,
  mesh: string,
  { name, spec }: Pick<KeptDocument, 'name' | 'spec'>,
): Promise<void> {
  const data = await readData(client);
  await writeData(client, { ...data, [keyOf(mesh, name)]: JSON.stringify(spec) });
}

/** Forgets the record of a cluster, where there is one. */
export async function forget(client: KubeClient, mesh: string, name: string): Promise<void> {
  const { [keyOf(mesh, name)]: found, ...rest } = await readData(client);
  if (found !== undefined) await writeData(client, rest);
}

/** Neither name has a dot. */
function keyOf(mesh: string, cluster: string): string {
  return `${mesh}.${cluster}`;
}

function nameIn(key: string, mesh: string): string | undefined {
  return key.startsWith(`${mesh}.`) ? key.slice(mesh.length + 1) : undefined;
}

async function readData(client: KubeClient, signal?: AbortSignal): Promise<Readonly<Record<string, string>>> {
  const found = await client.get(retainedRef, signal === undefined ? {} : { signal });
  const data = isJsonObject(found?.data) ? found.data : {};
  return Object.fromEntries(
    Object.entries(data).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
  );
}

async function writeData(client: KubeClient, data: JsonObject): Promise<void> {
  const { namespace, name, ...kind } = retainedRef;
  const labels = { [managedByLabel]: managedByValue };
  const object = { ...kind, metadata: { name, namespace, labels }, data };
  await client.apply(object, { fieldManager: operatorManager, conflicts: 'Force' });
}
