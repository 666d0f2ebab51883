import type { JsonObject } from '../base/json.ts';
import { hostedNamespace } from '../istio/names.ts';
import type { KubeObject } from '../objects/object.ts';
import { owned } from '../objects/ownership.ts';
import { rbac } from './kinds.ts';
import { withoutRepeats } from './merge.ts';
import type { PlacedRule } from './select.ts';

/** Who gets the roles. */
export type Subject =
  | { readonly kind: 'User' | 'Group'; readonly name: string }
  | { readonly kind: 'ServiceAccount'; readonly name: string; readonly namespace: string };

/** A role with the reason for each of its rules, in their order. */
export interface ReasonedRole {
  readonly object: KubeObject;
  readonly reasons: readonly string[];
}

/** A ClusterRole for what holds in the whole cluster, and a Role for each namespace; none without a rule. */
export function rolesOf(name: string, rules: readonly PlacedRule[]): readonly ReasonedRole[] {
  const needed = withoutRepeats(rules);
  const namespaces = new Set(needed.flatMap(({ namespace }) => namespace ?? []));
  return [undefined, ...[...namespaces].toSorted()].flatMap((namespace) => {
    const own = needed.filter((rule) => rule.namespace === namespace);
    if (own.length === 0) return [];
    return {
      object: {
        apiVersion: `${rbac}/v1`,
        kind: namespace === undefined ? 'ClusterRole' : 'Role',
        metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
        rules: own.map(policyRule),
      },
      reasons: own.map(({ because }) => because),
    };
  });
}

function policyRule({ group, resources, names, verbs }: PlacedRule): JsonObject {
  return {
    apiGroups: [group],
    resources: [...resources],
    ...(names === undefined ? {} : { resourceNames: [...names] }),
    verbs: [...verbs],
  };
}

/**
 * The namespaces of the roles, which have to be there before them. One of a hosted istiod says whose it is: an apply
 * takes none that is there and is not of its mesh.
 */
export function namespacesOf(roles: readonly ReasonedRole[], mesh?: string): readonly KubeObject[] {
  return roles.flatMap(({ object: { metadata } }) => {
    const { namespace } = metadata;
    if (namespace === undefined) return [];
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    return mesh !== undefined && namespace.startsWith(hostedNamespace('')) ? [owned(object, mesh)] : [object];
  });
}

/** What gives a role to its subjects. */
export function bindingOf({ kind, metadata }: KubeObject, subjects: readonly Subject[]): KubeObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: rbac, kind, name: metadata.name },
    subjects: subjects.map((subject) => ({
      ...subject,
      ...(subject.kind === 'ServiceAccount' ? {} : { apiGroup: rbac }),
    })),
  };
}
