import type { TestLab } from './lab.ts';

interface List {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: { readonly namespace?: string; readonly name: string; readonly uid: string };
  }[];
}

const kinds = [
  'configmaps',
  'secrets',
  'services',
  'serviceaccounts',
  'deployments.apps',
  'horizontalpodautoscalers.autoscaling',
  'poddisruptionbudgets.policy',
  'customresourcedefinitions.apiextensions.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
] as const;

/** Every object that carries the label of a mesh, as `Kind namespace/name`. */
export async function labelled(lab: TestLab, cluster: string, mesh: string): Promise<string[]> {
  return [...(await identities(lab, cluster, mesh)).keys()].sort();
}

/** The same with the uid of each. */
export async function identities(
  { objects, kubectl }: TestLab,
  cluster: string,
  mesh: string,
): Promise<ReadonlyMap<string, string>> {
  // A definition that was just made is served a moment later; until then there is no object of its kind.
  const served = (await kubectl(cluster, 'api-resources', '-o', 'name')).split('\n');
  const custom = ['gateways.networking.istio.io', 'wrappingkeys.isthmus.dev'].filter((kind) => served.includes(kind));
  const all = [...kinds, ...custom].join(',');
  const { items } = await objects<List>(cluster, 'get', all, '--all-namespaces', '-l', `isthmus.dev/mesh=${mesh}`);
  return new Map(items.map(({ kind, metadata }) => [nameOf(kind, metadata), metadata.uid]));
}

/** Every object that the inventory of a cluster names; none where there is no inventory. */
export async function inventoried({ kubectl }: TestLab, cluster: string): Promise<string[]> {
  const inventory = ['-n', 'isthmus-system', 'get', 'configmap', 'isthmus-inventory', '--ignore-not-found'];
  const text = await kubectl(cluster, ...inventory, '-o', 'jsonpath={.data.objects}');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines
    .map((line) => JSON.parse(line))
    .map(({ kind, ...metadata }) => nameOf(kind, metadata))
    .sort();
}

function nameOf(
  kind: string,
  { namespace = '', name }: { readonly namespace?: string; readonly name: string },
): string {
  return `${kind} ${namespace}/${name}`;
}
