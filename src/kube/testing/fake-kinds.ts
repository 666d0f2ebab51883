import { valueAt } from '../../base/json.ts';
import type { KindRef, KubeObject } from '../../objects/object.ts';
import { builtInResource, type Resource } from '../objects/built-in-kinds.ts';
import type { FakeStore } from './fake-store.ts';

/** The kinds that a fake cluster serves: the built-in ones, those with a CustomResourceDefinition, and those seeded. */
export interface FakeKinds {
  resourceOf(kind: KindRef): Resource | undefined;
  add(object: KubeObject): void;
  /** The kind of a collection's path. */
  kindOf(apiVersion: string, plural: string): KindRef | undefined;
}

export function createKinds(store: FakeStore): FakeKinds {
  const seeded = new Map<string, { readonly kind: KindRef; readonly resource: Resource }>();

  const custom = (kind: KindRef): Resource | undefined => {
    const definitions = store.list({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' });
    const definition = definitions.find(
      (object) =>
        valueAt(object, ['spec', 'names', 'kind']) === kind.kind &&
        kind.apiVersion.startsWith(`${valueAt(object, ['spec', 'group'])}/`),
    );
    if (definition === undefined) return undefined;
    const plural = String(valueAt(definition, ['spec', 'names', 'plural']));
    return { plural, namespaced: valueAt(definition, ['spec', 'scope']) === 'Namespaced' };
  };
  const resourceOf = (kind: KindRef): Resource | undefined =>
    builtInResource(kind) ?? custom(kind) ?? seeded.get(`${kind.apiVersion} ${kind.kind}`)?.resource;

  return {
    resourceOf,
    add({ apiVersion, kind, metadata }) {
      const ref = { apiVersion, kind };
      if (resourceOf(ref) !== undefined) return;
      const resource = { plural: `${kind.toLowerCase()}s`, namespaced: metadata.namespace !== undefined };
      seeded.set(`${apiVersion} ${kind}`, { kind: ref, resource });
    },
    kindOf(apiVersion, plural) {
      const present = [...store.all(), ...[...seeded.values()].map(({ kind }) => kind)];
      const found = present.find((kind) => kind.apiVersion === apiVersion && resourceOf(kind)?.plural === plural);
      return found === undefined ? undefined : { apiVersion, kind: found.kind };
    },
  };
}
