import { rbac } from './kinds.ts';
import { holding, judging } from './reading.ts';
import { changed, listingAll, type Rule } from './rule.ts';

type Verbs = Pick<Rule, 'verbs' | 'group' | 'resources' | 'because'>;

const inThrowAway = (rules: readonly Verbs[]): readonly Rule[] =>
  rules.map((rule): Rule => ({ ...rule, place: 'Everywhere', use: 'Always' }));

const throwAway: readonly Verbs[] = [
  {
    verbs: ['list', 'create', 'delete'],
    group: '',
    resources: ['namespaces'],
    because: 'the throw-away namespace of a run, whose name is another each time, and those that earlier runs left',
  },
  { verbs: ['create'], group: '', resources: ['serviceaccounts', 'pods'], because: 'the probes' },
  { verbs: ['get'], group: '', resources: ['pods/log'], because: 'what the probes measured' },
];

/** Throw-away pods and what they need, in every cluster. */
export const probing: readonly Rule[] = [
  ...inThrowAway([
    ...throwAway,
    { verbs: ['list'], group: '', resources: ['pods'], because: 'whether the probes run' },
    { verbs: ['create'], group: '', resources: ['services'], because: 'what the probes call' },
    {
      verbs: ['get'],
      group: '',
      resources: ['configmaps'],
      because: 'whether istiod has brought the root into the namespace',
    },
    {
      verbs: ['create'],
      group: rbac,
      resources: ['roles', 'rolebindings'],
      because: 'the namespace deletes itself where the run cannot',
    },
  ]),
  {
    verbs: ['patch'],
    group: '',
    resources: ['pods'],
    place: 'Everywhere',
    use: 'AsNeeded',
    because: 'a trial, which is not stored, shows whether pods that were refused would be admitted now',
  },
  {
    verbs: ['get'],
    group: '',
    resources: ['pods'],
    place: 'Everywhere',
    use: 'AsNeeded',
    because: 'whether a pod is its own, where the answer to its creation was lost',
  },
];

/** What a verify does. */
export const verifying: readonly Rule[] = [
  ...probing,
  holding,
  ...changed(judging, {
    use: 'AsNeeded',
    because: 'what is wrong with the clusters where a check fails, as a status says it',
  }),
];

/** What a verify reads before it deletes what an earlier run left. */
export const sweeping: readonly Rule[] = [
  listingAll(
    'whether the expired namespace of an earlier run holds anything that no run put there: metadata are read, but lists show the whole',
  ),
];

/** What the checks before a join do. */
export const reaching: readonly Rule[] = [
  ...inThrowAway([...throwAway, { verbs: ['get'], group: '', resources: ['pods'], because: 'whether the probe runs' }]),
  ...[
    { group: '', resources: ['services', 'nodes', 'namespaces', 'secrets'] },
    { group: 'apps', resources: ['deployments', 'statefulsets', 'daemonsets'] },
  ].map(
    (kinds): Rule => ({
      ...kinds,
      verbs: ['list'],
      place: 'Everywhere',
      use: 'Always',
      because: 'what clusters of one mesh must agree about: addresses, services of the same name, remote secrets',
    }),
  ),
];
