import { apiGroup } from '../api/crd.ts';
import { hostedNamespace, istioNamespace } from '../istio/names.ts';
import { groupOf, type KubeObject, type ObjectRef, refOf } from '../objects/object.ts';
import { following } from '../objects/owners.ts';
import { meshLabel, systemNamespace } from '../objects/ownership.ts';
import { isBeyondUs, isPlatforms } from '../objects/platform.ts';
import {
  helmReleaseOf,
  isDistributed,
  isInstalledIstio,
  isIstiod,
  isIstiodOutput,
  isIstioGroup,
  isIstioWebhook,
  istioNamespaces,
} from './artefact.ts';
import { holdsFields, type Owner, ownership } from './ownership.ts';
import type { Survey } from './survey.ts';

/** What a removal is to take away. */
export interface Scope extends Owner {
  /** `Mesh`: what this mesh made and what its Istio wrote. `AnyIstio`: every Istio in the cluster besides. */
  readonly reach: 'Mesh' | 'AnyIstio';
  /** `Remove` takes Istio's definitions away too, those that no foreign object uses. */
  readonly definitions: 'Keep' | 'Remove';
}

/** A namespace that is Istio's or ours. */
export interface NamespaceVerdict {
  readonly namespace: KubeObject;
  /** Objects in it that are neither Istio's nor ours; where there is one the namespace stays. */
  readonly foreign: readonly ObjectRef[];
  /** How many objects go with it, by kind. */
  readonly contents: Readonly<Record<string, number>>;
}

/** A definition that stays, and why: the foreign objects that use it; none where it was not asked for. */
export interface KeptDefinition {
  readonly definition: KubeObject;
  readonly usedBy: readonly ObjectRef[];
}

/** What a survey means for a removal. */
export interface Verdict {
  /** To be deleted one by one; what only follows from an owner is not among them. */
  readonly remove: readonly KubeObject[];
  /** Namespaces that stay and on which we hold fields. */
  readonly release: readonly KubeObject[];
  readonly namespaces: readonly NamespaceVerdict[];
  readonly keptDefinitions: readonly KeptDefinition[];
  /** Those of them that carry our labels: whoever installs an Istio next would take them for this mesh's. */
  readonly claimed: readonly KubeObject[];
  /** The control plane of an Istio that this removal does not touch; while it stands, its Istio keeps what istiods write. */
  readonly foreignIstio: readonly ObjectRef[];
  /** Pods that have a sidecar, by namespace. */
  readonly sidecars: Readonly<Record<string, number>>;
}

/** Sorts everything that a cluster holds into what is removed and what stays. */
export function classify({ objects, kinds }: Survey, scope: Scope): Verdict {
  const isOurs = ownership(scope);
  const foreignIstio =
    scope.reach === 'AnyIstio' ? [] : objects.filter((object) => isIstiod(object) && !isOurs(object)).map(refOf);
  const candidates = new Set(objects.filter((object) => isCandidate(object, scope, isOurs)).map(nameOf));
  const isMine = removable({ scope, isOurs, objects, candidates, istioIsForeign: foreignIstio.length > 0 });
  const mine = objects.filter(isMine);
  const follows = following(objects, mine);
  const namespaces = objects
    .filter(({ kind, metadata: { name } }) => kind === 'Namespace' && candidates.has(name))
    .map((namespace) => namespaceVerdict(namespace, objects, new Set(mine), follows));
  const going = new Set(namespaces.filter(({ foreign }) => foreign.length === 0).map((one) => nameOf(one.namespace)));
  const stays = ({ metadata: { namespace = '' } }: KubeObject): boolean => !going.has(namespace);
  const definitions = definitionsOf(
    { objects, kinds },
    { scope, isOurs, isUser: (object) => !isMine(object) && stays(object), foreignIstio },
  );
  return {
    remove: [...mine.filter((object) => !follows.has(object)), ...definitions.remove],
    release: objects.filter(
      (object) => object.kind === 'Namespace' && !going.has(object.metadata.name) && holdsFields(object),
    ),
    namespaces,
    keptDefinitions: definitions.kept,
    claimed: definitions.kept
      .map(({ definition }) => definition)
      .filter(({ metadata: { labels } }) => labels?.[meshLabel] !== undefined),
    foreignIstio,
    sidecars: countSidecars(objects.filter((object) => stays(object) && !follows.has(object))),
  };
}

interface OwnershipContext {
  readonly scope: Scope;
  readonly isOurs: (object: KubeObject) => boolean;
  readonly objects: readonly KubeObject[];
  /** The namespaces that are Istio's or ours. */
  readonly candidates: ReadonlySet<string>;
  readonly istioIsForeign: boolean;
}

/** Whether an object is removed for its own sake; namespaces and definitions are judged by what they hold. */
function removable(context: OwnershipContext): (object: KubeObject) => boolean {
  const { scope, isOurs, objects, candidates, istioIsForeign } = context;
  const releases = new Set(objects.filter(isHelmIstio).flatMap((object) => helmReleaseOf(object) ?? []));
  const isHome = (namespace: string): boolean =>
    istioNamespaces.includes(namespace) || (isHosted(namespace) && candidates.has(namespace));
  const isOfIstio = (object: KubeObject): boolean =>
    scope.reach === 'AnyIstio'
      ? isInstalledIstio(object, releases) || isIstiodOutput(object, isHome)
      : !istioIsForeign && (isIstiodOutput(object, isHome) || isIstioWebhook(object));
  // Somebody has deleted it already; it hangs on a finalizer and with it the namespace.
  const isDying = ({ metadata: { deletionTimestamp, namespace = '' } }: KubeObject): boolean =>
    deletionTimestamp !== undefined && candidates.has(namespace);
  // Roots are in every namespace, in those of a network plug-in (kube-flannel) too.
  const isReachable = (object: KubeObject): boolean => isDistributed(object) || !isBeyondUs(object);
  const isTaken = (object: KubeObject): boolean => isOurs(object) || (isOfIstio(object) && isReachable(object));
  return (object) => !isHolder(object) && (isTaken(object) || isDying(object));
}

/** True for what is judged by what it holds, and for what comes and goes with something else. */
function isHolder(object: KubeObject): boolean {
  return object.kind === 'Namespace' || object.kind === 'CustomResourceDefinition' || isPlatforms(object);
}

function nameOf({ metadata: { name } }: KubeObject): string {
  return name;
}

/** The namespace of an istiod which this cluster runs for another one goes by such a name. */
function isHosted(namespace: string): boolean {
  return namespace.startsWith(hostedNamespace(''));
}

function isHelmIstio(object: KubeObject): boolean {
  return isIstiod(object) || object.metadata.labels?.['app.kubernetes.io/part-of'] === 'istio';
}

function isCandidate(object: KubeObject, { reach }: Scope, isOurs: (object: KubeObject) => boolean): boolean {
  const { kind, metadata } = object;
  const { name } = metadata;
  if (kind !== 'Namespace') return false;
  if (name === istioNamespace || name === systemNamespace || isOurs(object)) return true;
  if (isHosted(name) && holdsFields(object)) return true;
  return reach === 'AnyIstio' && istioNamespaces.includes(name);
}

function namespaceVerdict(
  namespace: KubeObject,
  objects: readonly KubeObject[],
  mine: ReadonlySet<KubeObject>,
  follows: ReadonlySet<KubeObject>,
): NamespaceVerdict {
  const inside = objects.filter((object) => object.metadata.namespace === namespace.metadata.name);
  const goes = (object: KubeObject): boolean =>
    mine.has(object) || follows.has(object) || isPlatforms(object) || isDistributed(object);
  // What is in a namespace that is being deleted is being deleted too, whosever it is.
  const dying = namespace.metadata.deletionTimestamp !== undefined;
  return {
    namespace,
    foreign: dying ? [] : inside.filter((object) => !goes(object)).map(refOf),
    contents: countBy(inside.map(({ kind }) => kind)),
  };
}

interface DefinitionQuestion {
  readonly scope: Scope;
  readonly isOurs: (object: KubeObject) => boolean;
  /** True for an object that stays. */
  readonly isUser: (object: KubeObject) => boolean;
  readonly foreignIstio: readonly ObjectRef[];
}

function definitionsOf(
  { objects, kinds }: Pick<Survey, 'objects' | 'kinds'>,
  { scope, isOurs, isUser, foreignIstio }: DefinitionQuestion,
): { readonly remove: readonly KubeObject[]; readonly kept: readonly KeptDefinition[] } {
  const names = new Map(
    kinds.map(({ apiVersion, kind, plural }) => [`${groupOf(apiVersion)} ${kind}`, `${plural}.${groupOf(apiVersion)}`]),
  );
  const users = Map.groupBy(objects.filter(isUser), ({ apiVersion, kind }) =>
    names.get(`${groupOf(apiVersion)} ${kind}`),
  );
  const groupIn = ({ metadata: { name } }: KubeObject): string => name.slice(name.indexOf('.') + 1);
  const concerned = objects.filter(
    (object) =>
      object.kind === 'CustomResourceDefinition' &&
      (isOurs(object) || wasOurs(object) || (scope.reach === 'AnyIstio' && isIstioGroup(groupIn(object)))),
  );
  const remove: KubeObject[] = [];
  const kept: KeptDefinition[] = [];
  for (const definition of concerned) {
    const { name } = definition.metadata;
    const group = groupIn(definition);
    const ownGroup = group === apiGroup;
    const usedBy = [...(users.get(name) ?? []).map(refOf), ...(ownGroup ? [] : foreignIstio)];
    // Our own definitions are no part of Istio: they go whenever nobody uses them.
    const wanted = ownGroup || scope.definitions === 'Remove';
    if (wanted && usedBy.length === 0) remove.push(definition);
    else kept.push({ definition, usedBy: wanted ? usedBy : [] });
  }
  return { remove, kept };
}

/** A definition that an earlier removal has left: it took our labels off, and our name stays among the field managers. */
function wasOurs(definition: KubeObject): boolean {
  return definition.metadata.labels?.[meshLabel] === undefined && holdsFields(definition);
}

function countSidecars(objects: readonly KubeObject[]): Readonly<Record<string, number>> {
  const pods = objects.filter(
    ({ kind, metadata }) => kind === 'Pod' && metadata.annotations?.['sidecar.istio.io/status'] !== undefined,
  );
  return countBy(pods.map(({ metadata: { namespace = '' } }) => namespace));
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
