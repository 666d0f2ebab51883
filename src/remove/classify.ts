import { apiGroup } from '../api/crd.ts';
import { objectsAt } from '../base/json.ts';
import { lockRef } from '../fleet/lock.ts';
import { hostedNamespace, istioNamespace } from '../istio/names.ts';
import { groupOf, type KubeObject, type ObjectRef, refKey, refOf } from '../objects/object.ts';
import { appliedAnnotation, fieldManager, meshLabel, systemNamespace } from '../objects/ownership.ts';
import { managedFieldsOf } from '../plan/drift.ts';
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
import type { Survey } from './survey.ts';

/** What a removal is to take away. */
export interface Scope {
  readonly mesh: string;
  /** `Mesh`: what this mesh made and what its Istio wrote. `AnyIstio`: every Istio in the cluster besides. */
  readonly reach: 'Mesh' | 'AnyIstio';
  /** `Remove` takes Istio's definitions away too, those that no foreign object uses. */
  readonly definitions: 'Keep' | 'Remove';
  /** What the inventory of the cluster names. */
  readonly inventory: readonly ObjectRef[];
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
  const candidates = new Set(objects.filter((object) => isCandidate(object, scope)).map(nameOf));
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
  const isOfIstio = (object: KubeObject): boolean =>
    scope.reach === 'AnyIstio'
      ? isInstalledIstio(object, releases) || isIstiodOutput(object)
      : !istioIsForeign && (isIstiodOutput(object) || isIstioWebhook(object));
  // Somebody has deleted it already; it hangs on a finalizer and with it the namespace.
  const isDying = ({ metadata: { deletionTimestamp, namespace = '' } }: KubeObject): boolean =>
    deletionTimestamp !== undefined && candidates.has(namespace);
  return (object) => !isHolder(object) && (isOurs(object) || isOfIstio(object) || isDying(object));
}

/** True for what is judged by what it holds, and for what comes and goes with something else. */
function isHolder(object: KubeObject): boolean {
  return object.kind === 'Namespace' || object.kind === 'CustomResourceDefinition' || isPlatforms(object);
}

function nameOf({ metadata: { name } }: KubeObject): string {
  return name;
}

/** Labelled for this mesh, or made by us as the inventory says and by no label another mesh's. */
function ownership({ mesh, inventory, reach }: Scope): (object: KubeObject) => boolean {
  const inventoried = new Set(inventory.map(refKey));
  const lock = refKey(lockRef(mesh));
  return (object) => {
    const label = object.metadata.labels?.[meshLabel];
    if (label !== undefined)
      return label === mesh || (reach === 'AnyIstio' && object.metadata.namespace !== systemNamespace);
    const key = refKey(refOf(object));
    if (key === lock) return true;
    return inventoried.has(key) && object.metadata.annotations?.[appliedAnnotation] !== undefined;
  };
}

function isHelmIstio(object: KubeObject): boolean {
  return isIstiod(object) || object.metadata.labels?.['app.kubernetes.io/part-of'] === 'istio';
}

function isCandidate(object: KubeObject, { mesh, reach }: Scope): boolean {
  const { kind, metadata } = object;
  const { name, labels } = metadata;
  if (kind !== 'Namespace') return false;
  if (name === istioNamespace || name === systemNamespace || labels?.[meshLabel] === mesh) return true;
  // That of an istiod which this cluster runs for another one (src/istio/names.ts, hostedNamespace).
  if (name.startsWith(hostedNamespace('')) && holdsFields(object)) return true;
  return reach === 'AnyIstio' && istioNamespaces.includes(name);
}

/** The objects that their owners' deletion deletes: every owner chain that ends in one of `mine`. */
function following(objects: readonly KubeObject[], mine: readonly KubeObject[]): ReadonlySet<KubeObject> {
  const gone = new Set(mine.map(({ metadata: { uid } }) => uid));
  const follows = new Set<KubeObject>();
  for (let grown = true; grown; ) {
    grown = false;
    for (const object of objects) {
      if (follows.has(object) || !ownersOf(object).some((uid) => gone.has(uid))) continue;
      follows.add(object);
      gone.add(object.metadata.uid);
      grown = true;
    }
  }
  return follows;
}

function ownersOf(object: KubeObject): readonly string[] {
  return objectsAt(object, ['metadata', 'ownerReferences']).flatMap(({ uid }) =>
    typeof uid === 'string' ? [uid] : [],
  );
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

/** What Kubernetes puts into every namespace, or keeps beside a Service or a workload of somebody. */
function isPlatforms({ kind, apiVersion, metadata: { name } }: KubeObject): boolean {
  switch (kind) {
    case 'ConfigMap':
      return name === 'kube-root-ca.crt' || name === 'openshift-service-ca.crt';
    case 'ServiceAccount':
      return name === 'default';
    case 'Endpoints':
      return apiVersion === 'v1';
    case 'EndpointSlice':
      return groupOf(apiVersion) === 'discovery.k8s.io';
    default:
      return false;
  }
}

/** True where our field manager holds fields of an object. */
export function holdsFields(object: KubeObject): boolean {
  return managedFieldsOf(object).some(
    ({ manager, operation, fieldsV1 }) =>
      manager === fieldManager && operation === 'Apply' && Object.keys(fieldsV1 ?? {}).length > 0,
  );
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
