import { IsthmusError } from '../../base/error.ts';
import { isJsonObject, type Json, type JsonObject, mergeJson, valueAt } from '../../base/json.ts';
import { asKubeObject, type KubeObject, refOf } from '../../objects/object.ts';
import type { RawRequest } from '../client.ts';
import type { FakeKinds } from './fake-kinds.ts';
import type { FakeStore } from './fake-store.ts';

export interface RawContext {
  readonly store: FakeStore;
  readonly kinds: FakeKinds;
  readonly cluster: string;
  readonly version: string | undefined;
  readonly allows: ((attributes: { readonly verb: string; readonly resource: string }) => boolean) | undefined;
}

/** What a fake cluster answers by path: the version, self subject reviews, and GET, PUT and merge PATCH of objects. */
export function answerRaw(request: RawRequest, context: RawContext): Json {
  const { path, body } = request;
  if (path === '/version') return versionInfo(context.version ?? 'v1.36.0');
  if (path.endsWith('/selfsubjectreviews')) {
    return { ...asObject(body), status: { userInfo: { username: 'fake-admin', groups: ['system:masters'] } } };
  }
  if (path.endsWith('/selfsubjectaccessreviews')) {
    const verb = String(valueAt(body, ['spec', 'resourceAttributes', 'verb']) ?? '');
    const resource = String(valueAt(body, ['spec', 'resourceAttributes', 'resource']) ?? '');
    return { ...asObject(body), status: { allowed: context.allows?.({ verb, resource }) ?? true } };
  }
  const object = objectAt(path, context);
  if (object === undefined) {
    const message = `cluster ${context.cluster}: cannot ${request.method} ${path}: not found`;
    throw new IsthmusError('not-found', message, { cluster: context.cluster });
  }
  return write(request, object, context);
}

function write({ method, body, query }: RawRequest, object: KubeObject, { store }: RawContext): Json {
  const manager = query?.fieldManager ?? 'isthmus';
  switch (method) {
    case 'GET':
      return object;
    case 'DELETE':
      store.delete(refOf(object), undefined);
      return { apiVersion: 'v1', kind: 'Status', status: 'Success' };
    case 'PATCH':
      return store.update(asKubeObject(mergePatch(object, asObject(body))) ?? object, manager);
    case 'PUT':
    case 'POST':
      return store.update(asKubeObject(body) ?? object, manager);
  }
}

/** JSON merge patch (RFC 7386): null takes a key out. */
function mergePatch(object: JsonObject, patch: JsonObject): JsonObject {
  return withoutNulls(mergeJson(object, patch));
}

function withoutNulls(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, isJsonObject(inner) ? withoutNulls(inner) : inner]),
  );
}

/** `/api/v1/namespaces/NS/pods/NAME` and its like, with or without `/status`. */
function objectAt(path: string, { store, kinds }: RawContext): KubeObject | undefined {
  const match =
    /^\/(?:api|apis)\/((?:[^/]+\/)?v[^/]+)(?:\/namespaces\/([^/]+))?\/([a-z]+)\/([^/?]+)(?:\/status)?(?:\?.*)?$/.exec(
      path,
    );
  if (match === null) return undefined;
  const [, apiVersion = '', namespace, plural = '', name = ''] = match;
  const kind = kinds.kindOf(apiVersion, plural);
  if (kind === undefined) return undefined;
  return store.get(namespace === undefined ? { ...kind, name } : { ...kind, namespace, name });
}

function versionInfo(gitVersion: string): JsonObject {
  const [major = '', minor = ''] = gitVersion.replace(/^v/, '').split('.');
  return { major, minor, gitVersion };
}

function asObject(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
