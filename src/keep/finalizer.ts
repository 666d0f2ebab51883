import { apiVersion } from '../api/mesh.ts';
import { IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { systemNamespace } from '../objects/ownership.ts';

/** Keeps a MeshCluster that is deleted until its `deletionPolicy` was carried out. The name never changes. */
export const clusterFinalizer = 'isthmus.dev/operator';

/** It owns the finalizer and nothing else, so that taking it off is an apply of nothing. */
const finalizerManager = 'isthmus-operator-finalizer';

/** Sees to it that a MeshCluster has the finalizer. */
export async function holdDocument(client: KubeClient, document: Named): Promise<void> {
  await applyFinalizers(client, document, [clusterFinalizer]);
}

/** Takes the finalizer off; those of others stay. */
export async function releaseDocument(client: KubeClient, document: Named): Promise<void> {
  await applyFinalizers(client, document, []);
}

/** One MeshCluster and no other of its name. */
export interface Named {
  readonly name: string;
  readonly uid: string;
}

/** With the uid another document of the same name is not meant, and none is made where it is gone. */
async function applyFinalizers(client: KubeClient, { name, uid }: Named, finalizers: readonly string[]): Promise<void> {
  const metadata = { name, namespace: systemNamespace, uid, finalizers: [...finalizers] };
  try {
    const options = { fieldManager: finalizerManager, conflicts: 'Force' } as const;
    await client.apply({ apiVersion, kind: 'MeshCluster', metadata }, options);
  } catch (error) {
    if (error instanceof IsthmusError && (error.code === 'not-found' || error.code === 'conflict')) return;
    throw error;
  }
}
