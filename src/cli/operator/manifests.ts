import type { JsonObject } from '../../base/json.ts';

interface Named extends JsonObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** `03-serviceaccount-isthmus-operator.yaml` for each object: `kubectl apply -f DIR` takes the files in this order. */
export function manifestFiles<One extends Named>(
  objects: readonly One[],
  textOf: (object: One) => string,
): ReadonlyMap<string, string> {
  return new Map(
    objects.map((object, index) => {
      const { kind, metadata } = object;
      const parts = [String(index + 1).padStart(2, '0'), kind.toLowerCase(), metadata.namespace, metadata.name];
      return [`${parts.filter((part) => part !== undefined).join('-')}.yaml`, textOf(object)];
    }),
  );
}
