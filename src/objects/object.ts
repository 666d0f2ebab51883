import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';

/** A kind as Kubernetes names it, e.g. `apps/v1` `Deployment`. */
export interface KindRef {
  readonly apiVersion: string;
  readonly kind: string;
}

/** One object of a cluster. `namespace` is left out for cluster-scoped kinds. */
export interface ObjectRef extends KindRef {
  readonly namespace?: string;
  readonly name: string;
}

export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: JsonObject;
}

export interface ObjectMeta extends JsonObject {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
}

/** A Kubernetes object as plain JSON: fields that we do not know are kept. */
export interface KubeObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** The parsed value as an object of a cluster, or undefined where apiVersion, kind or metadata.name is missing. */
export function asKubeObject(value: Json | undefined): KubeObject | undefined {
  if (!isJsonObject(value) || typeof value.apiVersion !== 'string' || typeof value.kind !== 'string') return undefined;
  const metadata = value.metadata;
  if (!isJsonObject(metadata) || typeof metadata.name !== 'string') return undefined;
  return value as KubeObject;
}

const texts = ['namespace', 'uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp'];

/** True where the metadata has the form that its type promises. API servers see to it, those behind them may not. */
export function hasPlainMetadata({ metadata }: KubeObject): boolean {
  const isText = (value: unknown): boolean => typeof value === 'string' || value === undefined || value === null;
  const isTexts = (value: unknown): boolean =>
    value === undefined || value === null || (isJsonObject(value) && Object.values(value).every(isText));
  return texts.every((key) => isText(metadata[key])) && isTexts(metadata.labels) && isTexts(metadata.annotations);
}

/** The identity of an object. */
export function refOf(object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata;
  const ref = { apiVersion: object.apiVersion, kind: object.kind, name };
  return namespace === undefined ? ref : { ...ref, namespace };
}

/** A reference that a schema read: without `namespace` where none was given. */
export function asObjectRef({ namespace, ...ref }: ReadRef): ObjectRef {
  return namespace === undefined ? ref : { ...ref, namespace };
}

interface ReadRef extends KindRef {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** The API group of an apiVersion; the core group is the empty string. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** A text that is equal for two references exactly when they mean the same object, whatever version they name. */
export function refKey(ref: ObjectRef): string {
  return `${groupOf(ref.apiVersion)}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`;
}

/** `Deployment istio-system/istiod`, as messages show an object. */
export function describeRef(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
}

const namesShown = 5;

/** The first few objects by name, and how many more there are. */
export function namesOf(refs: readonly ObjectRef[]): string {
  const shown = refs.slice(0, namesShown).map(describeRef).join(', ');
  return refs.length > namesShown ? `${shown} and ${refs.length - namesShown} more` : shown;
}
