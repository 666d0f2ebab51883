import { join } from 'node:path';
import { run } from '../../lab/src/process/run.ts';
import { istioCharts } from '../../lab/src/tools/charts.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { type KubeObject, refKey, refOf } from '../../src/objects/object.ts';
import { observe } from '../../src/observe/observe.ts';

const limitMs = 120_000;

/** Istio's definitions, established: with them the cluster knows every kind of the mixture. */
export async function installDefinitions(context: string, env: Readonly<Record<string, string>>): Promise<void> {
  const file = join(await istioCharts(), 'base/files/crd-all.gen.yaml');
  const options = { env, timeoutMs: limitMs };
  await run('kubectl', ['--context', context, 'apply', '--server-side', '-f', file], options);
  await run('kubectl', ['--context', context, 'wait', 'crd', '--all', '--for=condition=Established'], options);
}

/** A benchmark of something that was not done would be worth nothing: throws where an object is not there. */
export async function requireThere(
  client: KubeClient,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<void> {
  const { live } = await observe(client, { listed: objects.map(refOf), whole: [], signal });
  const absent = objects.filter((object) => !live.has(refKey(refOf(object))));
  if (absent.length > 0) throw new Error(`${absent.length} of ${objects.length} objects were not written`);
}
