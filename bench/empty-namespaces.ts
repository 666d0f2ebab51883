import { systemClock } from '../src/base/system-clock.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { waitFor } from '../src/kube/objects/wait.ts';
import type { KubeObject, ObjectRef } from '../src/objects/object.ts';

const limitMs = 180_000;

/** Takes namespaces away with all that is in them, where they are there, and recreates them. */
export async function emptyNamespaces(
  client: KubeClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      const ref: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', name };
      await client.delete(ref);
      const until = (found: KubeObject | undefined): boolean => found === undefined;
      await waitFor(client, ref, { until, awaited: 'to be gone', timeoutMs: limitMs, clock: systemClock, signal });
      await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }),
  );
}
