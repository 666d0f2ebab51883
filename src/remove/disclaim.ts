import { mapConcurrent } from '../base/concurrency.ts';
import { asIsthmusError } from '../base/error.ts';
import { objectPath } from '../kube/objects/path.ts';
import { describeRef, type KubeObject, refOf } from '../objects/object.ts';
import { begin, type RemovalContext } from './deletion.ts';
import { labelsTakenOff } from './disown.ts';

const inFlight = 8;
const resource = { plural: 'customresourcedefinitions', namespaced: false };

/**
 * Takes our labels off definitions that stay, and nothing else: an apply of nothing, as for namespaces, would take away
 * all that they define.
 */
export async function disclaim(context: RemovalContext, definitions: readonly KubeObject[]): Promise<void> {
  if (definitions.length === 0) return;
  await mapConcurrent(definitions, inFlight, (definition) => disclaimOne(context, definition));
  context.report({ type: 'Disclaimed', cluster: context.client.cluster, details: { count: definitions.length } });
}

async function disclaimOne(context: RemovalContext, definition: KubeObject): Promise<void> {
  const { client } = context;
  const ref = refOf(definition);
  await begin(context, `our labels on ${describeRef(ref)} were not taken off`);
  try {
    await client.raw({
      method: 'PATCH',
      path: objectPath(ref, resource, client.cluster),
      contentType: 'application/merge-patch+json',
      body: { metadata: labelsTakenOff(definition) },
    });
  } catch (thrown) {
    const { code } = asIsthmusError(thrown);
    // Gone or recreated meanwhile: the next look sees it.
    if (code !== 'not-found' && code !== 'conflict') throw thrown;
  }
}
