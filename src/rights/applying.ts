import { apiGroup } from '../api/crd.ts';
import { granting } from './granting.ts';
import { meshKinds, prunedKinds } from './kinds.ts';
import { askingIstiod, comparing, holding } from './reading.ts';
import { besideIstiods, type Rule } from './rule.ts';

/** The lock in the home cluster, which every writing command holds. */
export const locking: readonly Rule[] = [
  ...(
    [
      { verbs: ['get', 'patch'], use: 'Always' },
      { verbs: ['create'], use: 'AsNeeded' },
    ] as const
  ).map(
    (access): Rule => ({
      ...access,
      group: 'coordination.k8s.io',
      resources: ['leases'],
      place: 'Isthmus',
      where: 'Home',
      because: 'the lock: one writes at a time',
    }),
  ),
  ...(
    [
      { verbs: ['get'], use: 'Always' },
      { verbs: ['create'], use: 'AsNeeded' },
    ] as const
  ).map(
    (access): Rule => ({
      ...access,
      group: '',
      resources: ['namespaces'],
      place: 'Everywhere',
      where: 'Home',
      because: 'the namespace of the lock',
    }),
  ),
];

/** Waits for what was written. */
const awaiting: readonly Rule[] = [
  ...askingIstiod,
  {
    verbs: ['watch'],
    group: '',
    resources: ['secrets'],
    place: 'Istio',
    use: 'AsNeeded',
    because: 'to wait until the cluster has made the token of a reader',
  },
  ...besideIstiods([
    {
      verbs: ['watch'],
      group: 'apps',
      resources: ['deployments'],
      use: 'AsNeeded',
      because: 'to wait until istiod and the gateway run',
    },
    {
      verbs: ['list'],
      group: 'apps',
      resources: ['replicasets'],
      use: 'AsNeeded',
      because: 'which pods of a Deployment are its newest, to say what they wait for',
    },
    {
      verbs: ['list'],
      group: '',
      resources: ['events'],
      use: 'AsNeeded',
      because: 'whether a node is being added for a pod that waits for one',
    },
    {
      verbs: ['get'],
      group: '',
      resources: ['pods/log'],
      use: 'AsNeeded',
      because: 'the last words of a container that crashed',
    },
    {
      verbs: ['patch'],
      group: '',
      resources: ['pods'],
      use: 'AsNeeded',
      because: "a kubelet looks at new certificates at once when its pod's annotations change",
    },
  ]),
  {
    verbs: ['create'],
    group: '',
    resources: ['pods'],
    place: 'Istio',
    use: 'Always',
    because: 'a trial of a pod, which is not stored, shows that injection works',
  },
];

/** Everything that an apply does besides what a plan does. */
const writing: readonly Rule[] = [
  ...meshKinds(['create', 'patch'], 'Always', 'to apply'),
  ...prunedKinds(['delete', 'watch'], 'AsNeeded', 'to remove what is no longer declared, and to wait until it is gone'),
  ...locking,
  {
    verbs: ['create'],
    group: 'coordination.k8s.io',
    resources: ['leases'],
    place: 'Isthmus',
    where: 'Home',
    use: 'Always',
    because: 'the lock, the first time',
  },
  ...awaiting,
];

/** What an apply does. */
export const applying: readonly Rule[] = [...comparing, ...writing, ...granting];

/** What a renewal of intermediates does. */
export const renewing: readonly Rule[] = [
  ...besideIstiods([
    {
      verbs: ['get', 'patch'],
      group: '',
      resources: ['secrets'],
      use: 'Always',
      because: 'the intermediate of the cluster',
    },
  ]),
  ...(
    [
      { verbs: ['get'], resources: ['secrets'], use: 'Always', because: 'the issuer of the mesh' },
      {
        verbs: ['create', 'patch'],
        resources: ['secrets'],
        use: 'AsNeeded',
        because: 'a new issuer where the old one is gone or its time is nearly over',
      },
      {
        verbs: ['get'],
        group: apiGroup,
        resources: ['wrappingkeys'],
        use: 'Always',
        because: "what the issuer's private key is encrypted with",
      },
      {
        verbs: ['patch'],
        group: apiGroup,
        resources: ['wrappingkeys'],
        use: 'AsNeeded',
        because: 'another one with a new issuer',
      },
    ] as const
  ).map((rule): Rule => ({ group: '', ...rule, place: 'Isthmus', where: 'Home' })),
  ...locking,
  ...askingIstiod,
  ...besideIstiods([
    {
      verbs: ['patch'],
      group: '',
      resources: ['pods'],
      use: 'Always',
      because: "a kubelet looks at new certificates at once when its pod's annotations change",
    },
    {
      verbs: ['list', 'patch'],
      group: 'apps',
      resources: ['deployments'],
      use: 'AsNeeded',
      because: 'an istiod that does not read its new intermediate is restarted',
    },
  ]),
  holding,
];
