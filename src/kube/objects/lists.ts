import { z } from 'zod';
import { IsthmusError } from '../../base/error.ts';
import { isJsonObject, type Json } from '../../base/json.ts';
import { parseJson } from '../../base/parse-json.ts';
import { asKubeObject, type KindRef, type KubeObject } from '../../objects/object.ts';
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
  items: z.array(z.json()).nullable(),
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
    for (const item of page.items ?? []) objects.push(...objectsIn(item, request));
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
function objectsIn(item: Json, { kind: { apiVersion, kind }, options }: ListRequest): readonly KubeObject[] {
  if (!isJsonObject(item)) return [];
  const { metadata = null } = item;
  const whole = options.content === 'Metadata' ? { apiVersion, kind, metadata } : { apiVersion, kind, ...item };
  const object = asKubeObject(whole);
  return object === undefined ? [] : [object];
}
