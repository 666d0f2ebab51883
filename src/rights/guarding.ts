import { apiGroup } from '../api/crd.ts';
import { rbac } from './kinds.ts';
import { knowingShifts, predicting } from './reading.ts';
import type { Rule } from './rule.ts';
import { arming } from './shifting.ts';

/** What an apply does besides where it is watched. */
export const guarding: readonly Rule[] = [
  ...predicting,
  { ...knowingShifts, because: 'whether a shift is under way' },
  ...arming,
  {
    verbs: ['get', 'create', 'patch', 'update', 'delete'],
    group: 'coordination.k8s.io',
    resources: ['leases'],
    place: 'Istio',
    use: 'Always',
    because: 'the sign of life without which the change is put back',
  },
  {
    verbs: ['get', 'create'],
    group: '',
    resources: ['pods/portforward'],
    place: 'Everywhere',
    use: 'Always',
    because: 'what the proxies counted of requests',
  },
  {
    verbs: ['get', 'create', 'patch', 'delete'],
    group: 'networking.istio.io',
    resources: ['destinationrules', 'gateways', 'virtualservices'],
    place: 'Istio',
    use: 'AsNeeded',
    because: 'what is put back, and the right to do so',
  },
  {
    verbs: ['get', 'patch', 'delete'],
    group: '',
    resources: ['configmaps'],
    place: 'Istio',
    use: 'AsNeeded',
    because: "the control plane's settings, which are put back too",
  },
  {
    verbs: ['get', 'patch', 'delete'],
    group: '',
    resources: ['configmaps'],
    place: 'Isthmus',
    use: 'AsNeeded',
    because: 'the inventory, which names what is put back',
  },
  {
    verbs: ['get', 'create', 'patch', 'delete'],
    group: apiGroup,
    resources: ['meshes', 'meshclusters', 'meshservices'],
    place: 'Everywhere',
    where: 'Home',
    use: 'AsNeeded',
    because: 'the documents, which are put back with what they ask for',
  },
  {
    verbs: ['create', 'delete'],
    group: rbac,
    resources: ['roles', 'rolebindings'],
    place: 'Everywhere',
    use: 'AsNeeded',
    because: 'the right to put back a document in a namespace of yours, and no other',
  },
];
