import { rbac } from './kinds.ts';
import type { Rule } from './rule.ts';

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

/** What a verify does. */
export const verifying: readonly Rule[] = [
  ...inThrowAway([
    ...throwAway,
    { verbs: ['get'], group: '', resources: ['namespaces'], because: 'whether the namespace of a run is gone' },
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
