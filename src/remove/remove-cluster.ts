import type { KubeClient } from '../kube/client.ts';
import type { KubeObject, ObjectRef } from '../objects/object.ts';
import { systemNamespace } from '../objects/ownership.ts';
import { inventoryRef, parseInventory } from '../plan/inventory.ts';
import { classify, type Scope, type Verdict } from './classify.ts';
import { awaitStuck, deleteObjects, type RemovalContext } from './deletion.ts';
import { disclaim } from './disclaim.ts';
import { deleteNamespace, releaseNamespace, reportHanging } from './namespace.ts';
import { type Proof, proofOf } from './proof.ts';
import { type RemovalStage, removalOrder, removalStageOf } from './stage.ts';
import { readSurvey, type Survey } from './survey.ts';

/** What is asked for; the inventory is each cluster's own. */
export type Wish = Omit<Scope, 'inventory'>;

/** A cluster as it was read, and what that means. */
export interface Examined {
  readonly survey: Survey;
  readonly verdict: Verdict;
}

export interface ExamineOptions {
  readonly signal: AbortSignal;
  /** Only what is in this namespace, and the namespace itself; left out: the whole cluster. */
  readonly namespace?: string | undefined;
  /** An inventory read earlier: towards the end of a removal the stored one is gone. */
  readonly remembered?: readonly ObjectRef[];
}

/** Reads a cluster and sorts what it holds. */
export async function examine(
  client: KubeClient,
  wish: Wish,
  { signal, namespace, remembered = [] }: ExamineOptions,
): Promise<Examined & { readonly inventory: readonly ObjectRef[] }> {
  const [survey, stored] = await Promise.all([
    namespace === undefined ? readSurvey(client, { signal }) : surveyOf(client, namespace, signal),
    client.get(inventoryRef, { signal }),
  ]);
  const inventory = stored === undefined ? remembered : parseInventory(stored);
  return { survey, inventory, verdict: classify(survey, { ...wish, inventory }) };
}

async function surveyOf(client: KubeClient, namespace: string, signal: AbortSignal): Promise<Survey> {
  const [survey, itself] = await Promise.all([
    readSurvey(client, { signal, namespace }),
    client.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, { signal }),
  ]);
  return itself === undefined ? survey : { ...survey, objects: [...survey.objects, itself] };
}

/** True where a removal has something to do. */
export function hasWork({ remove, release, claimed, namespaces }: Verdict): boolean {
  const single = [remove, release, claimed];
  return single.some(({ length }) => length > 0) || namespaces.some(({ foreign }) => foreign.length === 0);
}

export interface ClusterRemovalOptions {
  readonly wish: Wish;
  readonly context: RemovalContext;
  /** Only this namespace; left out: the whole cluster. */
  readonly namespace?: string | undefined;
  /** Awaited before our own records go: in the home cluster the others have to be done, and the lock given up. */
  readonly beforeSystem: () => Promise<void>;
}

/** What a controller that was just ending wrote once more is found by looking again, at most so often. */
const maxPasses = 3;

/** Empties one cluster, and looks through all of it afterwards. Running it again goes on where it was interrupted. */
export async function removeFromCluster(options: ClusterRemovalOptions): Promise<Proof> {
  const { wish, context, namespace, beforeSystem } = options;
  const { client, signal, ledger } = context;
  let remembered: readonly ObjectRef[] = [];
  for (let pass = 1; ; pass += 1) {
    const { survey, verdict, inventory } = await examine(client, wish, { signal, namespace, remembered });
    remembered = inventory;
    if (pass === 1)
      await reportHanging(
        context,
        verdict.namespaces.map(({ namespace }) => namespace),
      );
    if (pass > maxPasses || !hasWork(verdict)) return proofOf(survey, verdict);
    await removeOnce(context, { survey, verdict }, beforeSystem);
    if (ledger.stuck.size > 0) break;
  }
  await awaitStuck(context);
  const { survey, verdict } = await examine(client, wish, { signal, namespace, remembered });
  return proofOf(survey, verdict);
}

async function removeOnce(
  context: RemovalContext,
  { survey, verdict }: Examined,
  beforeSystem: () => Promise<void>,
): Promise<void> {
  const { ledger } = context;
  const stages = Map.groupBy(verdict.remove, removalStageOf);
  const run = async (stage: RemovalStage): Promise<void> => {
    const objects = stages.get(stage) ?? [];
    if (objects.length === 0) return;
    const count = await deleteObjects(context, survey.kinds, objects);
    if (count > 0) context.report({ type: 'Removed', cluster: context.client.cluster, details: { stage, count } });
  };
  const going = verdict.namespaces.filter(({ foreign }) => foreign.length === 0).map(({ namespace }) => namespace);
  const isSystem = ({ metadata: { name } }: KubeObject): boolean => name === systemNamespace;
  for (const stage of removalOrder) {
    if (stage === 'System') break;
    if (stage === 'Injection') await releaseAll(context, verdict.release);
    if (stage === 'Definitions') await disclaim(context, verdict.claimed);
    await run(stage);
  }
  // A namespace with something stuck in it would hang in Terminating.
  await awaitStuck(context);
  const blocked = (): boolean => ledger.stuck.size > 0;
  if (blocked()) return;
  await Promise.all(going.filter((one) => !isSystem(one)).map((namespace) => deleteNamespace(context, namespace)));
  // The inventory names what could not be removed, so it stays until nothing is left.
  if (blocked()) return;
  await beforeSystem();
  await run('System');
  if (blocked()) return;
  await Promise.all(going.filter(isSystem).map((namespace) => deleteNamespace(context, namespace)));
}

async function releaseAll(context: RemovalContext, namespaces: readonly KubeObject[]): Promise<void> {
  for (const namespace of namespaces) await releaseNamespace(context, namespace);
}
