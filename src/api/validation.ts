/**
 * What the API server is to judge of a value, for the `meta` of its schema: a CEL expression over `self` that holds, and the
 * message where it does not. The schema itself checks the same, so that a mesh file is refused in the same cases as an object.
 */
export function validation(...rules: readonly (readonly [rule: string, message: string])[]): {
  readonly 'x-kubernetes-validations': { readonly rule: string; readonly message: string }[];
} {
  return { 'x-kubernetes-validations': rules.map(([rule, message]) => ({ rule, message })) };
}
