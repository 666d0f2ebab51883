import { applying, renewing } from './applying.ts';
import { drilling, watchingDrills } from './drilling.ts';
import { guarding } from './guarding.ts';
import { operating } from './operating.ts';
import { reaching, sweeping, verifying } from './probing.ts';
import { askingIstiod, comparing, connecting, judging, knowingShifts, looking, predicting } from './reading.ts';
import { ending, removingAnyIstio, removingMember } from './removing.ts';
import { besideIstiods, changed, type Rule } from './rule.ts';
import { shifting } from './shifting.ts';
import { surveying } from './surveying.ts';

const trusting: readonly Rule[] = [
  ...besideIstiods([
    {
      verbs: ['get'],
      group: '',
      resources: ['secrets'],
      use: 'Always',
      because: 'the intermediate of the cluster',
    },
  ]),
  {
    verbs: ['get'],
    group: '',
    resources: ['secrets'],
    place: 'Isthmus',
    where: 'Home',
    use: 'Always',
    because: 'the certificate of the issuer',
  },
  {
    verbs: ['list'],
    group: '',
    resources: ['configmaps'],
    names: ['istio-ca-root-cert'],
    place: 'Everywhere',
    use: 'Always',
    because: 'the roots by which proxies verify istiod',
  },
  {
    verbs: ['list'],
    group: '',
    resources: ['pods'],
    place: 'Everywhere',
    use: 'Always',
    because: 'which proxies run',
  },
  {
    verbs: ['get', 'create'],
    group: '',
    resources: ['pods/portforward'],
    place: 'Everywhere',
    use: 'Always',
    because: 'the certificates that proxies present and trust',
  },
  ...besideIstiods([
    {
      verbs: ['list'],
      group: 'apps',
      resources: ['deployments'],
      use: 'Always',
      because: 'which istiod a gateway belongs to',
    },
  ]),
  ...askingIstiod,
];

/** What `live` adds to a trace. */
const tracingLive: readonly Rule[] = [
  {
    verbs: ['get'],
    group: '',
    resources: ['pods'],
    place: 'Everywhere',
    use: 'Always',
    because: 'which container of the caller sends the request',
  },
  {
    verbs: ['get', 'create'],
    group: '',
    resources: ['pods/exec'],
    place: 'Everywhere',
    use: 'AsNeeded',
    because: 'the request is sent from within the calling pod',
  },
  {
    verbs: ['get', 'create'],
    group: '',
    resources: ['pods/portforward'],
    place: 'Everywhere',
    use: 'Always',
    because: 'what the Envoy of the caller holds',
  },
];

/** What a service asks for whose requests are measured. */
const measuring: Rule = {
  verbs: ['get', 'create'],
  group: '',
  resources: ['pods/portforward'],
  place: 'Everywhere',
  use: 'AsNeeded',
  because: 'what sidecars counted, where requests are measured',
};

const storingState: readonly Rule[] = [
  ...looking,
  ...besideIstiods([
    {
      verbs: ['get'],
      group: '',
      resources: ['secrets'],
      use: 'Always',
      because: "the certificate of the cluster's intermediate, for the state of a snapshot",
    },
  ]),
];

const planning: readonly Rule[] = [
  ...comparing,
  ...changed(predicting, { use: 'AsNeeded', because: 'what the plan changes for traffic' }),
];

function whereNeeded(rule: Rule): Rule {
  return rule.use === 'Always' ? { ...rule, use: 'AsNeeded' } : rule;
}

const tables = {
  init: surveying,
  plan: planning,
  apply: applying,
  applyGuarded: [...applying, ...guarding],
  status: judging,
  doctor: [...judging, ...trusting, ...predicting],
  verify: verifying,
  verifySweep: [...verifying, ...sweeping],
  trust: trusting,
  renewTrust: renewing,
  services: [...predicting, { ...knowingShifts, use: 'AsNeeded' }, measuring],
  shift: shifting,
  drill: drilling,
  dashboard: [...judging, ...trusting, ...predicting, { ...knowingShifts, use: 'AsNeeded' }, ...watchingDrills],
  trace: predicting,
  traceLive: [...predicting, ...tracingLive],
  whatif: predicting,
  snapshot: [...predicting, ...storingState],
  // The members are as they should be but for what names the one that comes.
  join: [...applying.map(whereNeeded), ...reaching],
  // The clusters that stay are as they should be but for what names the one that goes.
  leave: [...applying.map(whereNeeded), ...removingMember],
  uninstall: ending,
  uninstallAnyIstio: [...ending, ...removingAnyIstio],
  operator: operating,
} satisfies Readonly<Record<string, readonly Rule[]>>;

/**
 * A command that reads or writes clusters, or the operator. `traceLive` is a trace that looks at the real proxies and sends a request,
 * `verifySweep` a verify that deletes what earlier runs left, `applyGuarded` an apply with `guard`, `uninstallAnyIstio` an uninstall of every Istio.
 */
export type RightsCommand = keyof typeof tables;

export const rightsCommands = Object.keys(tables) as readonly RightsCommand[];

/** Those that work in a cluster without the mesh's namespaces, without which it takes no Role there. */
const beforeTheMesh: ReadonlySet<RightsCommand> = new Set([
  'init',
  'plan',
  'apply',
  'applyGuarded',
  'join',
  'operator',
]);

/** True for the commands whose roles bring their namespaces. */
export function makesNamespaces(command: RightsCommand): boolean {
  return beforeTheMesh.has(command);
}

/** Everything that a command may do. */
export function rulesOf(command: RightsCommand): readonly Rule[] {
  return [...connecting, ...tables[command]];
}
