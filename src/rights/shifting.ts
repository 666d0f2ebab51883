import { apiGroup } from '../api/crd.ts';
import { locking } from './applying.ts';
import { rbac } from './kinds.ts';
import { predicting } from './reading.ts';
import type { Rule } from './rule.ts';

/** The intent, in the home cluster. */
const intending: readonly Rule[] = [
  {
    verbs: ['get', 'list', 'create', 'delete'],
    resources: ['meshshifts'],
    because: 'what is shifted, how and until when',
  },
  { verbs: ['patch'], resources: ['meshshifts/status'], because: 'where the shift is, and the verdict of each step' },
].map((rule): Rule => ({ ...rule, group: apiGroup, place: 'Isthmus', where: 'Home', use: 'Always' }));

/** What puts back what was there before, in every cluster that is written. */
export const arming: readonly Rule[] = [
  {
    verbs: ['get', 'create', 'delete'],
    group: '',
    resources: ['configmaps'],
    because: 'the record of what was there before',
  },
  {
    verbs: ['create', 'delete'],
    group: '',
    resources: ['serviceaccounts'],
    because: 'the account of what puts it back',
  },
  {
    verbs: ['create', 'delete'],
    group: rbac,
    resources: ['roles', 'rolebindings'],
    because: 'its right to these objects and to nothing else',
  },
  {
    verbs: ['create', 'delete'],
    group: 'batch',
    resources: ['jobs'],
    because: 'what puts it back when the time is over',
  },
  { verbs: ['list'], group: '', resources: ['pods'], because: 'whether it runs' },
  { verbs: ['get'], group: '', resources: ['pods/log'], because: 'whether it has read the record' },
].map((rule): Rule => ({ ...rule, place: 'Istio', use: 'Always' }));

/** What a shift does. To promote one is an apply. */
export const shifting: readonly Rule[] = [
  ...predicting,
  ...locking,
  ...intending,
  ...arming,
  {
    verbs: ['get', 'create', 'patch', 'delete'],
    group: 'networking.istio.io',
    resources: ['destinationrules', 'virtualservices'],
    place: 'Istio',
    use: 'Always',
    because: 'the weights of each step, and what was there before',
  },
  {
    verbs: ['get', 'create'],
    group: '',
    resources: ['pods/portforward'],
    place: 'Everywhere',
    use: 'Always',
    because: 'whether sidecars have the weights, and what they counted',
  },
];
