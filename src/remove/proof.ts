import { apiGroup } from '../api/crd.ts';
import { groupOf, type KubeObject, type ObjectRef } from '../objects/object.ts';
import { isIstioGroup } from './artefact.ts';
import type { Verdict } from './classify.ts';
import { finalizersOf } from './finalizer.ts';
import type { Survey } from './survey.ts';

/** What a cluster holds after a removal, found by looking through every kind again. */
export interface Proof {
  /** How many kinds were looked through. */
  readonly kinds: number;
  /** How many objects were looked at. */
  readonly objects: number;
  /** What should be gone and is not, by kind. */
  readonly left: Readonly<Record<string, number>>;
  /** Of these, the ones that hang on finalizers, and the webhooks. */
  readonly finalizers: number;
  readonly webhooks: number;
  /** Istio's definitions that stay. */
  readonly definitionsKept: number;
  /** Those of them that still carry our labels. */
  readonly definitionsClaimed: readonly string[];
  /** Namespaces that stay because of foreign objects in them. */
  readonly namespacesKept: readonly { readonly namespace: string; readonly foreign: readonly ObjectRef[] }[];
  /** Namespaces that still carry what we had set on them. */
  readonly unreleased: readonly string[];
  /** API groups that gave no answer, so that nothing can be said of them. */
  readonly unread: readonly string[];
  /** Objects that cannot be read, by kind and name. */
  readonly unreadable: readonly string[];
}

/** The proof that a survey gives; `verdict` is the one of that survey. */
export function proofOf(survey: Survey, verdict: Verdict): Proof {
  const going = verdict.namespaces.filter(({ foreign }) => foreign.length === 0).map(({ namespace }) => namespace);
  const left = [...verdict.remove, ...going];
  return {
    kinds: survey.kinds.filter(({ verbs }) => verbs.includes('list')).length,
    objects: survey.objects.length,
    left: countKinds(left),
    finalizers: left.filter((object) => finalizersOf(object).length > 0).length,
    webhooks: left.filter(({ kind }) => kind.endsWith('WebhookConfiguration')).length,
    definitionsKept: verdict.keptDefinitions.length,
    definitionsClaimed: verdict.claimed.map(({ metadata: { name } }) => name),
    namespacesKept: verdict.namespaces
      .filter(({ foreign }) => foreign.length > 0)
      .map(({ namespace, foreign }) => ({ namespace: namespace.metadata.name, foreign })),
    unreleased: verdict.release.map(({ metadata: { name } }) => name),
    unread: [...new Set(survey.silent.map(({ groupVersion }) => groupVersion))],
    unreadable: survey.unreadable.map(({ object, problem }) => `${object}: ${problem}`),
  };
}

/** True where nothing of what was to go is left, and nothing that matters could not be looked at. */
export function isClean({ left, unreleased, definitionsClaimed, unread }: Proof): boolean {
  const blind = unread.some((groupVersion) => {
    const group = groupOf(groupVersion);
    return isIstioGroup(group) || group === apiGroup || group === '';
  });
  return Object.keys(left).length === 0 && unreleased.length === 0 && definitionsClaimed.length === 0 && !blind;
}

/** How many objects there are of each kind, the kinds in alphabetical order. */
export function countKinds(objects: readonly KubeObject[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of objects.map((object) => object.kind).toSorted()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
