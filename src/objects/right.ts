/** One right that a command needs. */
export interface Right {
  readonly verb: string;
  /** The API group; empty for the core group. */
  readonly group: string;
  /** The plural, with a subresource where one is meant: `pods/portforward`. */
  readonly resource: string;
  /** Left out: in all namespaces. */
  readonly namespace?: string;
}

/** `create deployments.apps in istio-system`, as messages show a right. */
export function describeRight({ verb, group, resource, namespace }: Right): string {
  const where = namespace === undefined ? '' : ` in ${namespace}`;
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}${where}`;
}
