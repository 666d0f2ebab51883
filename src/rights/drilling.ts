import { locking } from './applying.ts';
import { rbac } from './kinds.ts';
import { probing } from './probing.ts';
import { knowingShifts, predicting } from './reading.ts';
import type { Rule } from './rule.ts';
import { arming } from './shifting.ts';

/** What shows a drill that is under way: its record, its sign of life, and whether what it breaks is broken. */
export const watchingDrills: readonly Rule[] = [
  {
    verbs: ['get'],
    group: '',
    resources: ['configmaps'],
    names: ['isthmus-undo-drill'],
    place: 'Istio',
    use: 'Always',
    because: 'the record of a drill',
  },
  {
    verbs: ['get'],
    group: 'coordination.k8s.io',
    resources: ['leases'],
    names: ['isthmus-undo-drill'],
    place: 'Istio',
    use: 'AsNeeded',
    because: 'the sign of life of a drill',
  },
  {
    verbs: ['get'],
    group: 'apps',
    resources: ['deployments'],
    place: 'Istio',
    use: 'AsNeeded',
    because: 'whether what a drill scaled to nothing still is',
  },
  {
    verbs: ['get'],
    group: '',
    resources: ['services'],
    place: 'Everywhere',
    use: 'AsNeeded',
    because: 'whether the service of a drill still lacks its endpoints',
  },
];

/** What a drill does. */
export const drilling: readonly Rule[] = [
  ...predicting,
  ...locking,
  { ...knowingShifts, because: 'whether a shift is under way' },
  ...probing,
  ...arming,
  {
    verbs: ['get', 'create', 'patch', 'update', 'delete'],
    group: 'coordination.k8s.io',
    resources: ['leases'],
    place: 'Istio',
    use: 'Always',
    because: 'the sign of life without which the fault is repaired',
  },
  {
    verbs: ['get', 'list', 'patch'],
    group: 'apps',
    resources: ['deployments'],
    place: 'Istio',
    use: 'AsNeeded',
    because: 'a gateway or an istiod is scaled to nothing, and back',
  },
  {
    verbs: ['get', 'patch'],
    group: '',
    resources: ['services'],
    place: 'Everywhere',
    use: 'AsNeeded',
    because: "the drill's own service or the one that is named loses its endpoints, and gets them back",
  },
  {
    verbs: ['create', 'delete'],
    group: rbac,
    resources: ['roles', 'rolebindings'],
    place: 'Everywhere',
    use: 'AsNeeded',
    because: 'the right to repair that service, and no other',
  },
  {
    verbs: ['get', 'create'],
    group: '',
    resources: ['pods/portforward'],
    place: 'Everywhere',
    use: 'AsNeeded',
    because: 'what the sidecars of its callers counted, where a service is named',
  },
];
