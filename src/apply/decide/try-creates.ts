import { mapConcurrent } from '../../base/concurrency.ts';
import { asIsthmusError, type IsthmusError } from '../../base/error.ts';
import { builtInResource } from '../../kube/objects/built-in-kinds.ts';
import { type ObjectRef, refKey } from '../../objects/object.ts';
import { fieldManager } from '../../objects/ownership.ts';
import type { Decision, StagedChange } from './decide.ts';
import { isRefusal } from './preview.ts';

const inFlight = 16;

/**
 * Why the API server of a cluster would refuse objects that are to be created (a policy, a quota, a rule of their kind), by
 * refKey. Only what can be tried settles anything: an object whose namespace and kind are there. Secrets are not tried: a plan
 * sends no keys.
 */
export async function refusedCreates(
  decision: Decision,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, IsthmusError>> {
  const { client } = decision.part;
  const refused = new Map<string, IsthmusError>();
  const creates = decision.changes.filter((staged) => isTriable(staged, decision));
  await mapConcurrent(creates, inFlight, async ({ change: { ref, object } }) => {
    try {
      await client.apply(object, { fieldManager, dryRun: 'All', signal });
    } catch (thrown) {
      signal.throwIfAborted();
      const error = asIsthmusError(thrown);
      // A right that a plan lacks, or something that came meanwhile, says nothing of the object.
      if (isRefusal(error, decision)) refused.set(refKey(ref), error);
    }
  });
  return refused;
}

function isTriable({ change, content }: StagedChange, decision: Decision): boolean {
  const { ref } = change;
  if (change.action !== 'Create' || content !== 'Known' || ref.kind === 'Secret') return false;
  return isNamespaceThere(ref, decision) && !isDefinedByRun(ref, decision);
}

function isNamespaceThere({ namespace }: ObjectRef, { part: { observed } }: Decision): boolean {
  return namespace === undefined || observed.live.has(refKey({ apiVersion: 'v1', kind: 'Namespace', name: namespace }));
}

/** A kind whose definition the run writes before: the definition that is there may judge otherwise. */
function isDefinedByRun(ref: ObjectRef, { changes }: Decision): boolean {
  return (
    builtInResource(ref) === undefined && changes.some(({ change }) => change.ref.kind === 'CustomResourceDefinition')
  );
}
