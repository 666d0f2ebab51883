import type { KubeObject } from '../objects/object.ts';
import { operatorName, systemNamespace } from '../objects/ownership.ts';
import { rulesOf } from '../rights/commands.ts';
import { bindingOf, namespacesOf, rolesOf } from '../rights/roles.ts';
import { rulesAnywhere } from '../rights/select.ts';
import { operatorLabels } from './names.ts';

/** What a cluster is to its operator. */
export type Side =
  /** The operator runs in it, and it keeps the documents. */
  | 'Home'
  /** The operator reaches it with the kubeconfig of its account there. */
  | 'Remote';

/** Whether the operator may empty a cluster whose document is deleted (`deletionPolicy: Uninstall`). */
export type Emptying = 'MayEmpty' | 'MayNot';

/** The operator's account in a cluster, with its rights and no other, in the order in which it can be applied. */
export function operatorAccount(side: Side, emptying: Emptying = 'MayNot'): readonly KubeObject[] {
  const all = [...rulesOf('operator'), ...(emptying === 'MayEmpty' ? rulesOf('leave') : [])];
  const rules = all.filter(({ where }) =>
    side === 'Home' ? where !== 'NotHome' : where !== 'Home' && where !== 'ServicesAtHome',
  );
  const roles = rolesOf(operatorName, rulesAnywhere(rules));
  const account = { kind: 'ServiceAccount', name: operatorName, namespace: systemNamespace } as const;
  const own = [
    { apiVersion: 'v1', kind: account.kind, metadata: { name: account.name, namespace: account.namespace } },
    ...roles.map(({ object }) => object),
    ...roles.map(({ object }) => bindingOf(object, [account])),
  ];
  return [...namespacesOf(roles).map(lasting), ...own.map(labelled)];
}

/** The mesh is in them: Helm must not take them away with the operator (https://helm.sh/docs/howto/charts_tips_and_tricks). */
function lasting(namespace: KubeObject): KubeObject {
  const annotations = { 'helm.sh/resource-policy': 'keep' };
  return { ...namespace, metadata: { ...namespace.metadata, annotations } };
}

/** An object with the labels of an installation. */
export function labelled(object: KubeObject): KubeObject {
  const labels = { ...object.metadata.labels, ...operatorLabels };
  return { ...object, metadata: { ...object.metadata, labels } };
}
