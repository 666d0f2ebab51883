import { apiGroup } from '../api/crd.ts';
import type { Rule } from './rule.ts';

interface Kinds extends Pick<Rule, 'group' | 'resources' | 'place' | 'where' | 'because'> {
  /** Their names are known: nobody lists them. */
  readonly found?: 'ByName';
  /** An apply never deletes one of them (plan/prune.ts, protectionOf). */
  readonly kept?: 'ByApply';
  /** Istio's charts make one only where settings ask for it: no run without these needs the right. */
  readonly made?: 'BySettings';
}

export const rbac = 'rbac.authorization.k8s.io';
export const admission = 'admissionregistration.k8s.io';

/** Every kind of object that a mesh is made of. */
const kinds: readonly Kinds[] = [
  {
    group: '',
    resources: ['namespaces'],
    place: 'Everywhere',
    kept: 'ByApply',
    because: 'the namespaces of the control plane, and the injection labels of yours',
  },
  {
    group: 'apiextensions.k8s.io',
    resources: ['customresourcedefinitions'],
    place: 'Everywhere',
    kept: 'ByApply',
    because: "Istio's definitions, and in the home cluster those of the mesh's documents",
  },
  {
    group: rbac,
    resources: ['clusterroles', 'clusterrolebindings'],
    place: 'Everywhere',
    because: 'what istiod may do, and the readers of other clusters',
  },
  {
    group: admission,
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
    place: 'Everywhere',
    because: "Istio's injection and validation",
  },
  {
    group: '',
    resources: ['configmaps', 'secrets', 'services', 'serviceaccounts'],
    place: 'Istio',
    because: "the control plane's settings, certificates, remote secrets and accounts, and the way into the cluster",
  },
  { group: 'apps', resources: ['deployments'], place: 'Istio', because: 'istiod and the gateways' },
  {
    group: 'autoscaling',
    resources: ['horizontalpodautoscalers'],
    place: 'Istio',
    because: 'the scale of istiod and of the gateways',
  },
  {
    group: 'policy',
    resources: ['poddisruptionbudgets'],
    place: 'Istio',
    made: 'BySettings',
    because: 'how many pods of istiod and of a gateway may be gone at once, where there are several',
  },
  {
    group: rbac,
    resources: ['roles', 'rolebindings'],
    place: 'Istio',
    because: 'what istiod and the readers of other clusters may do in istio-system',
  },
  {
    group: 'networking.istio.io',
    resources: ['gateways'],
    place: 'Istio',
    because: 'what the east-west gateway lets in',
  },
  {
    group: 'discovery.k8s.io',
    resources: ['endpointslices'],
    place: 'Istio',
    where: 'Served',
    because: 'where the istiod of this cluster is found',
  },
  {
    group: 'networking.istio.io',
    resources: ['virtualservices'],
    place: 'Istio',
    where: 'Serves',
    because: 'how clusters without an istiod of their own reach the one here',
  },
  {
    group: '',
    resources: ['configmaps'],
    place: 'Isthmus',
    found: 'ByName',
    kept: 'ByApply',
    because: 'the inventory of what was applied',
  },
  {
    group: '',
    resources: ['secrets'],
    place: 'Isthmus',
    where: 'Home',
    found: 'ByName',
    kept: 'ByApply',
    because: 'the issuer of the mesh',
  },
  {
    group: apiGroup,
    resources: ['wrappingkeys'],
    place: 'Isthmus',
    where: 'Home',
    found: 'ByName',
    kept: 'ByApply',
    because: "what the issuer's private key is encrypted with",
  },
  {
    group: apiGroup,
    resources: ['meshes', 'meshclusters'],
    place: 'Isthmus',
    where: 'Home',
    because: "the mesh's documents",
  },
  {
    group: apiGroup,
    resources: ['meshservices'],
    place: 'Everywhere',
    where: 'ServicesAtHome',
    because: "the mesh's documents that stand beside your services",
  },
  {
    group: 'networking.istio.io',
    resources: ['destinationrules', 'virtualservices'],
    place: 'Everywhere',
    where: 'Services',
    because: 'what MeshServices become, beside the services that they are about',
  },
  {
    group: '',
    resources: ['secrets', 'services', 'serviceaccounts'],
    place: 'Hosted',
    where: 'Hosts',
    because: 'certificates, credential, account and address of the istiod of another cluster',
  },
  {
    group: 'apps',
    resources: ['deployments'],
    place: 'Hosted',
    where: 'Hosts',
    because: 'the istiod of another cluster',
  },
  {
    group: 'policy',
    resources: ['poddisruptionbudgets'],
    place: 'Hosted',
    where: 'Hosts',
    made: 'BySettings',
    because: 'how many pods of the istiod of another cluster may be gone at once, where there are several',
  },
  {
    group: 'autoscaling',
    resources: ['horizontalpodautoscalers'],
    place: 'Hosted',
    where: 'Hosts',
    because: 'the scale of the istiod of another cluster',
  },
];

/** A rule for every kind that a mesh is made of. */
export function meshKinds(verbs: readonly string[], use: Rule['use'], purpose: string): readonly Rule[] {
  return rulesFor(kinds, verbs, { use, purpose });
}

/** A rule for every kind of which an apply deletes what is no longer declared. */
export function prunedKinds(verbs: readonly string[], use: Rule['use'], purpose: string): readonly Rule[] {
  const pruned = kinds.filter(({ kept }) => kept === undefined);
  return rulesFor(pruned, verbs, { use, purpose });
}

function rulesFor(
  some: readonly Kinds[],
  verbs: readonly string[],
  { use, purpose }: { readonly use: Rule['use']; readonly purpose: string },
): readonly Rule[] {
  return some.flatMap(({ found, kept: _, made, ...one }) => {
    const own = found === undefined ? verbs : verbs.filter((verb) => verb !== 'list');
    if (own.length === 0) return [];
    const needed = made === 'BySettings' && use === 'Always' ? 'AsNeeded' : use;
    return [{ ...one, verbs: own, use: needed, because: `${purpose}: ${one.because}` }];
  });
}
