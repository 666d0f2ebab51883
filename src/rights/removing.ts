import { apiGroup } from '../api/crd.ts';
import { locking } from './applying.ts';
import { meshKinds, rbac } from './kinds.ts';
import { askingIstiod } from './reading.ts';
import { changed, listingAll, type Rule } from './rule.ts';

/** What an uninstall does. */
export const removing: readonly Rule[] = [
  listingAll(
    'to find everything of the mesh, whatever its kind, and what hangs on it: metadata are read, but lists show the whole',
  ),
  // EndpointSlices go with their Services and namespaces.
  ...meshKinds(['get', 'delete'], 'Always', 'to remove').filter(
    ({ resources }) => !resources.includes('endpointslices'),
  ),
  ...(
    [
      { group: '', resources: ['namespaces'], place: 'Everywhere' },
      { group: 'apiextensions.k8s.io', resources: ['customresourcedefinitions'], place: 'Everywhere' },
    ] as const
  ).map(
    (kinds): Rule => ({
      ...kinds,
      verbs: ['patch'],
      use: 'AsNeeded',
      because: 'to take the labels of the mesh off what stays',
    }),
  ),
  ...(
    [
      { resources: ['meshes', 'meshclusters'], place: 'Isthmus', where: 'Home' },
      { resources: ['meshservices'], place: 'Everywhere', where: 'ServicesAtHome' },
    ] as const
  ).map(
    (kinds): Rule => ({
      ...kinds,
      verbs: ['patch'],
      group: apiGroup,
      use: 'AsNeeded',
      because: 'to take finalizers of Isthmus off that nobody serves',
    }),
  ),
  {
    verbs: ['get', 'delete'],
    group: apiGroup,
    resources: ['meshshifts'],
    place: 'Isthmus',
    where: 'Home',
    use: 'AsNeeded',
    because: 'the shifts that there were',
  },
  {
    verbs: ['get', 'delete'],
    group: 'batch',
    resources: ['jobs'],
    place: 'Istio',
    use: 'AsNeeded',
    because: 'what puts back what a shift, a drill or an apply with a guard did, where that was interrupted',
  },
  ...[
    { group: 'gateway.networking.k8s.io', resources: ['gatewayclasses'] },
    { group: 'certificates.k8s.io', resources: ['clustertrustbundles'] },
  ].map(
    (kinds): Rule => ({
      ...kinds,
      verbs: ['get', 'delete'],
      place: 'Everywhere',
      use: 'AsNeeded',
      because: 'what istiod makes for the whole cluster where its API is served',
    }),
  ),
  {
    verbs: ['get', 'delete'],
    group: '',
    resources: ['configmaps'],
    place: 'Everywhere',
    use: 'Always',
    because: 'what istiod puts into every namespace',
  },
  ...[
    { group: '', resources: ['pods', 'services', 'serviceaccounts'] },
    { group: rbac, resources: ['roles', 'rolebindings'] },
  ].map(
    (kinds): Rule => ({
      ...kinds,
      verbs: ['get', 'delete'],
      place: 'Everywhere',
      use: 'AsNeeded',
      because: 'what interrupted runs of probes left in their namespaces',
    }),
  ),
  {
    verbs: ['get', 'delete'],
    group: 'coordination.k8s.io',
    resources: ['leases'],
    place: 'Istio',
    use: 'Always',
    because: 'the elections of istiod',
  },
  ...locking,
];

/** What it does where a mesh goes on: the cluster that leaves is not its home. */
export const removingMember: readonly Rule[] = [
  ...removing.filter(({ where }) => where !== 'Home' && where !== 'ServicesAtHome'),
  ...locking,
  ...changed(askingIstiod, { use: 'AsNeeded', because: 'whether the istiods that stay have forgotten the cluster' }),
];

/** What the end of a whole mesh does besides. */
export const ending: readonly Rule[] = [
  ...removing,
  {
    verbs: ['delete'],
    group: 'coordination.k8s.io',
    resources: ['leases'],
    place: 'Isthmus',
    where: 'Home',
    use: 'Always',
    because: 'the lock, last',
  },
];

type Kinds = Pick<Rule, 'group' | 'resources' | 'place'>;

/** Where the installers of Istio put things besides; what they put into Kubernetes' own namespaces is left. */
export const installed: readonly Kinds[] = [
  ...[
    { group: '', resources: ['configmaps', 'services', 'serviceaccounts', 'resourcequotas'] },
    { group: 'apps', resources: ['deployments', 'daemonsets'] },
    { group: 'autoscaling', resources: ['horizontalpodautoscalers'] },
    { group: 'policy', resources: ['poddisruptionbudgets'] },
    { group: 'networking.k8s.io', resources: ['networkpolicies'] },
    { group: rbac, resources: ['roles', 'rolebindings'] },
    { group: 'install.istio.io', resources: ['*'] },
  ].map((kinds): Kinds => ({ ...kinds, place: 'Everywhere' })),
  ...['extensions', 'networking', 'security', 'telemetry'].map(
    (name): Kinds => ({ group: `${name}.istio.io`, resources: ['*'], place: 'Istio' }),
  ),
];

/** What an uninstall does besides where it takes away every Istio, whoever installed it. */
export const removingAnyIstio: readonly Rule[] = [
  ...installed.map(
    (kinds): Rule => ({
      ...kinds,
      verbs: ['get', 'delete'],
      use: 'AsNeeded',
      because: 'what the installers of Istio make, in whichever namespace they were configured for',
    }),
  ),
  {
    verbs: ['patch'],
    group: 'install.istio.io',
    resources: ['*'],
    place: 'Everywhere',
    use: 'AsNeeded',
    because: "to take the finalizer of Istio's operator off, which nobody serves since Istio 1.24",
  },
];
