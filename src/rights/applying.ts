import { apiGroup } from '../api/crd.ts';
import { granting } from './granting.ts';
import { meshKinds } from './kinds.ts';
import { askingIstiod, comparing } from './reading.ts';
import type { Rule } from './rule.ts';

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
  ...(['Istio', 'Hosted'] as const).flatMap((place): readonly Rule[] => {
    const where = place === 'Hosted' ? ({ where: 'Hosts' } as const) : {};
    return [
      {
        verbs: ['watch'],
        group: 'apps',
        resources: ['deployments'],
        place,
        ...where,
        use: 'AsNeeded',
        because: 'to wait until istiod and the gateway run',
      },
      {
        verbs: ['list'],
        group: 'apps',
        resources: ['replicasets'],
        place,
        ...where,
        use: 'AsNeeded',
        because: 'which pods of a Deployment are its newest, to say what they wait for',
      },
      {
        verbs: ['list'],
        group: '',
        resources: ['events'],
        place,
        ...where,
        use: 'AsNeeded',
        because: 'whether a node is being added for a pod that waits for one',
      },
      {
        verbs: ['get'],
        group: '',
        resources: ['pods/log'],
        place,
        ...where,
        use: 'AsNeeded',
        because: 'the last words of a container that crashed',
      },
      {
        verbs: ['patch'],
        group: '',
        resources: ['pods'],
        place,
        ...where,
        use: 'AsNeeded',
        because: "a kubelet looks at new certificates at once when its pod's annotations change",
      },
    ];
  }),
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
  ...meshKinds(['delete'], 'AsNeeded', 'to remove what the mesh no longer wants'),
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
  ...(['Istio', 'Hosted'] as const).map(
    (place): Rule => ({
      verbs: ['get', 'patch'],
      group: '',
      resources: ['secrets'],
      place,
      ...(place === 'Hosted' ? { where: 'Hosts' } : {}),
      use: 'Always',
      because: 'the intermediate of the cluster',
    }),
  ),
  ...(
    [
      { verbs: ['get'], use: 'Always', because: 'the issuer of the mesh' },
      {
        verbs: ['create', 'patch'],
        use: 'AsNeeded',
        because: 'a new issuer where the time of the old one is nearly over',
      },
    ] as const
  ).flatMap((access): readonly Rule[] => [
    { ...access, group: '', resources: ['secrets'], place: 'Isthmus', where: 'Home' },
    { ...access, group: apiGroup, resources: ['wrappingkeys'], place: 'Isthmus', where: 'Home' },
  ]),
  ...locking,
  ...askingIstiod,
  ...(['Istio', 'Hosted'] as const).flatMap((place): readonly Rule[] => {
    const where = place === 'Hosted' ? ({ where: 'Hosts' } as const) : {};
    return [
      {
        verbs: ['patch'],
        group: '',
        resources: ['pods'],
        place,
        ...where,
        use: 'Always',
        because: "a kubelet looks at new certificates at once when its pod's annotations change",
      },
      {
        verbs: ['list', 'patch'],
        group: 'apps',
        resources: ['deployments'],
        place,
        ...where,
        use: 'AsNeeded',
        because: 'an istiod that does not read its new intermediate is restarted',
      },
    ];
  }),
];
