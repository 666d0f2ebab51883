import { locking } from './applying.ts';
import { meshKinds, rbac } from './kinds.ts';
import { askingIstiod } from './reading.ts';
import { changed, type Rule } from './rule.ts';

/** What an uninstall does. */
export const removing: readonly Rule[] = [
  {
    verbs: ['list'],
    group: '*',
    resources: ['*'],
    place: 'Everywhere',
    use: 'Always',
    because:
      'to find everything of the mesh, whatever its kind, and what hangs on it: metadata are read, but lists show the whole',
  },
  ...meshKinds(['get', 'delete'], 'Always', 'to remove'),
  ...meshKinds(['patch'], 'AsNeeded', 'to take finalizers and labels of the mesh off'),
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
