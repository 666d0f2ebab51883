import { z } from 'zod';
import { isTooDeep, tooDeepText } from '../../base/depth.ts';
import { IsthmusError } from '../../base/error.ts';
import { isJsonObject, type Json, textAt } from '../../base/json.ts';
import { parseJson } from '../../base/parse-json.ts';
import { asKubeObject, hasPlainMetadata, type KindRef, type KubeObject } from '../../objects/object.ts';
import type { ListOptions, SelectionOptions } from '../client.ts';
import { type Call, type Caller, isExpired, isSuccess } from '../transport/caller.ts';
import type { Resource } from './built-in-kinds.ts';
import { collectionPath } from './path.ts';

/** Objects a page: large enough for few round trips, small enough for the API server's memory. */
const pageSize = 500;
/** A continue token lives for about five minutes; a list that takes longer starts again so many times. */
const maxRestarts = 3;

/**
 * Lists as metadata alone (https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches). An
 * aggregated API server need not know that form, and then answers with whole objects.
 */
const metadataAccept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

const listSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string().optional(), continue: z.string().optional() }),
  // Only the outer form: a schema that goes down exhausts the stack where somebody nests deeply.
  items: z.array(z.unknown()).nullable(),
});

export interface Listing {
  readonly objects: readonly KubeObject[];
  /** Where a watch goes on; empty where the server does not know the kind. */
  readonly resourceVersion: string;
}

export interface ListRequest {
  readonly kind: KindRef;
  readonly resource: Resource;
  readonly cluster: string;
  readonly options: ListOptions;
}

/** All pages of a list, as one state. Empty where the server answers 404 (the kind is not there). */
export async function listAll(caller: Caller, request: ListRequest): Promise<Listing> {
  for (let restarts = 0; ; restarts += 1) {
    const listing = await listOnce(caller, request, restarts >= maxRestarts);
    if (listing !== 'Expired') return listing;
  }
}

async function listOnce(caller: Caller, request: ListRequest, last: boolean): Promise<Listing | 'Expired'> {
  const objects: KubeObject[] = [];
  let token = '';
  for (;;) {
    const call = listCall(request, token);
    const answer = await caller.send(call);
    if (answer.status === 404) return { objects: [], resourceVersion: '' };
    if (isExpired(answer) && token !== '' && !last) return 'Expired';
    if (!isSuccess(answer)) throw caller.refusal(answer, call);
    const page = parsePage(answer.text, request, caller);
    for (const item of page.items ?? []) objects.push(...objectsIn(item, request, caller));
    token = page.metadata.continue ?? '';
    if (token === '') return { objects, resourceVersion: page.metadata.resourceVersion ?? '' };
  }
}

export function listCall({ kind, resource, options }: ListRequest, token: string): Call {
  const where = options.namespace === undefined ? '' : ` in namespace ${options.namespace}`;
  return {
    method: 'GET',
    path: collectionPath(kind, resource, options.namespace),
    query: { ...selectors(options), limit: String(pageSize), ...(token === '' ? {} : { continue: token }) },
    ...(options.content === 'Metadata' ? { accept: metadataAccept } : {}),
    action: `list ${resource.plural}${where}`,
    repeatable: true,
    options,
  };
}

/** The selectors of a list or a watch as its query. */
export function selectors({ labelSelector, fieldSelector }: SelectionOptions): Record<string, string> {
  return {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

function parsePage(text: string, { kind, cluster }: ListRequest, { origin }: Caller): z.output<typeof listSchema> {
  const parsed = listSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new IsthmusError(
    'unexpected-response',
    `cluster ${cluster}: the list of ${kind.kind} is not a Kubernetes list`,
    {
      cluster,
      remedy: `check that the server address of ${origin} is that of an API server`,
    },
  );
}

/** The items of a list of built-in kinds carry neither apiVersion nor kind, and those of metadata alone are of another kind. */
function objectsIn(item: unknown, request: ListRequest, { note }: Caller): readonly KubeObject[] {
  const { kind, options } = request;
  const { apiVersion } = kind;
  const metadata = isJsonObject(item) ? (item.metadata ?? null) : null;
  const whole =
    options.content === 'Metadata' || !isJsonObject(item)
      ? { apiVersion, kind: kind.kind, metadata }
      : { apiVersion, kind: kind.kind, ...item };
  const object = asKubeObject(whole);
  const problem = object === undefined ? 'it has no name' : problemOf(object, options);
  if (object !== undefined && problem === undefined) return [object];
  const left = { object: nameOf(kind, metadata), problem: problem ?? '' };
  options.onUnreadable?.(left);
  note({ message: 'an object cannot be read and is left out', fields: { ...left } });
  return [];
}

/** Why nothing can be done with an object. Metadata may be deep: nobody goes down into it. */
function problemOf(object: KubeObject, { content }: ListOptions): string | undefined {
  if (content !== 'Metadata' && isTooDeep(object)) return tooDeepText;
  return hasPlainMetadata(object) ? undefined : 'its metadata is not that of a Kubernetes object';
}

function nameOf({ kind }: KindRef, metadata: Json): string {
  const [namespace, name] = ['namespace', 'name'].map((key) => textAt(metadata, [key]));
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name ?? '(without a name)'}`;
}
