import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readText } from '../src/mesh/text/read-text.ts';
import { type RightsCommand, rightsCommands, rulesOf } from '../src/rights/commands.ts';
import { withoutRepeats } from '../src/rights/merge.ts';
import { type PlacedRule, rulesAnywhere, rulesIn } from '../src/rights/select.ts';
import { resolveMesh } from '../src/topology/resolved-mesh.ts';

/**
 * What each command asked real API servers for, from their audit logs: the mesh of examples/two-networks from empty
 * clusters to empty clusters, every command; the plans and applies of test/e2e/services.test.ts; and all of
 * `ISTHMUS_RIGHTS_FOUND=FILE npm run soak -- rbac`, which writes them. Each request once: verb, group, resource, namespace, and the name where a rule has names. An
 * apply that made its object counts as `create` too, as the API server counts it.
 */
type Recorded = readonly [verb: string, group: string, resource: string, namespace: string | null, name: string | null];

const root = join(import.meta.dirname, '..');
const recorded = JSON.parse(readFileSync(join(root, 'test/fixtures/rights/requests.json'), 'utf8')) as Readonly<
  Record<RecordedCommand, readonly Recorded[]>
>;

/**
 * An operator has no beginning and no end to record: what it does besides an apply and a status is in its own table. A doctor
 * asks what a status, a trust and a trace ask, the services are read as for a trace, a dashboard asks what these ask, and a shift and a drill have tables of their own. What an init reads is shown by a fake
 * (test/rights-kinds.test.ts).
 */
type RecordedCommand = Exclude<
  RightsCommand,
  'applyGuarded' | 'doctor' | 'init' | 'operator' | 'services' | 'dashboard' | 'shift' | 'drill'
>;

const unrecorded: readonly RightsCommand[] = [
  'applyGuarded',
  'doctor',
  'init',
  'operator',
  'services',
  'dashboard',
  'shift',
  'drill',
];

const recordedCommands = rightsCommands.filter((command): command is RecordedCommand => !unrecorded.includes(command));

/** When a right is used that no recorded run has used, and the test that shows it. */
interface Situation {
  /** Matches `create pods in istio-system`, the group after a point. */
  readonly rights: RegExp;
  /** Left out: of every command. */
  readonly commands?: readonly RightsCommand[];
  readonly when: string;
  /** The file of the test and its title. */
  readonly shown: readonly [file: string, title: string];
}

const situations: readonly Situation[] = [
  {
    rights: /^list meshshifts\.isthmus\.dev in isthmus-system$/,
    when: 'a shift is under way: its weights count more than the documents',
    shown: [
      'src/mesh/shifted.test.ts',
      'a shift that lives decides about its service, whether a document declares it or not',
    ],
  },
  {
    rights: /^list [a-z]+\.(networking|security)\.istio\.io in all namespaces$/,
    commands: ['status', 'verify', 'verifySweep'],
    when: 'the mesh has MeshServices: whether they are in effect is read as a prediction is',
    shown: ['test/rights-kinds.test.ts', 'what a prediction may list is what it reads'],
  },
  {
    rights: /^get [a-z]+(\.[a-z0-9.-]+)? in (istio-system|isthmus-system|all namespaces)$/,
    commands: ['plan', 'apply', 'status', 'verify', 'verifySweep', 'join', 'leave'],
    when: 'the inventory names an object that is gone, or somebody changed it',
    shown: ['test/rights-kinds.test.ts', 'it is asked for by name where the inventory names it and no list had it'],
  },
  {
    rights: /^delete /,
    commands: ['apply', 'join', 'leave'],
    when: 'the mesh no longer wants an object of that kind',
    shown: [
      'test/rights-kinds.test.ts',
      'an apply may delete it where the mesh can no longer want it, and nowhere else',
    ],
  },
  {
    rights: /^watch /,
    commands: ['apply', 'join', 'leave'],
    when: 'an object that the mesh no longer wants is still there when its deletion was asked for',
    shown: ['src/apply/decide/decide.test.ts', 'stays in the inventory while a finalizer holds it'],
  },
  {
    rights: /^create (?!pods|leases)/,
    commands: ['join', 'leave'],
    when: 'somebody deleted an object, and the apply with which the command ends makes it again',
    shown: ['src/apply/decide/decide.test.ts', 'makes again what they deleted'],
  },
  {
    rights: /^patch (?!pods|leases)/,
    commands: ['join', 'leave'],
    when: 'somebody changed an object, and the apply with which the command ends puts it right',
    shown: [
      'src/apply/decide/decide.test.ts',
      'after an apply is empty, whatever the mesh wanted before and whoever interfered',
    ],
  },
  {
    rights: /^create pods in istio-system$/,
    commands: ['leave'],
    when: 'the apply with which a leave ends has renewed a webhook',
    shown: ['src/apply/run/apply-cluster.test.ts', 'refuses no pod until then'],
  },
  {
    rights: /^create leases/,
    when: 'nobody has held the lock before',
    shown: ['src/fleet/lock.test.ts', 'of a run that was alone since it read'],
  },
  {
    rights: /^create namespaces/,
    commands: ['renewTrust', 'uninstall', 'uninstallAnyIstio'],
    when: 'nobody has held the lock before',
    shown: ['src/fleet/lock.test.ts', 'of a run that was alone since it read'],
  },
  {
    rights: /^create pods\/(portforward|exec)/,
    when: 'always: from Kubernetes 1.35 on it is asked for besides `get`, which alone is in the log',
    shown: ['test/soak/rbac.test.ts', 'a connection to a pod takes the right to create it too'],
  },
  {
    rights: /^list .*(gateway\.networking\.k8s\.io|multicluster\.x-k8s\.io) in all namespaces$/,
    when: 'the cluster serves the kind',
    shown: ['test/rights-kinds.test.ts', 'what a prediction may list is what it reads'],
  },
  {
    rights: /^list mesh(es|clusters|services)\.isthmus\.dev/,
    when: 'the mesh is read from its home cluster',
    shown: ['src/engine/users-word.test.ts', 'leads to no context that the user has not given'],
  },
  {
    rights: /^list events/,
    when: 'no node takes a pod',
    shown: ['src/apply/run/await-ready.test.ts', 'a pod that no node takes is waited for while an autoscaler adds one'],
  },
  {
    rights: /^get pods\/log in istio-system$/,
    commands: ['apply', 'join', 'leave'],
    when: 'a container crashed',
    shown: ['src/apply/run/await-ready.test.ts', 'its log ends with: panic: no certificate'],
  },
  {
    rights: /^patch pods in istio-system$/,
    when: 'an intermediate was renewed',
    shown: ['src/apply/run/await-intermediate.test.ts', 'makes the kubelet look at the pod'],
  },
  {
    rights: /^patch deployments/,
    commands: ['renewTrust'],
    when: 'an istiod does not read its new intermediate',
    shown: ['src/apply/run/await-intermediate.test.ts', 'restarts an istiod that signs with a CA of its own, once'],
  },
  {
    rights: /^(create|patch) (secrets|wrappingkeys\.isthmus\.dev) in isthmus-system$/,
    commands: ['renewTrust'],
    when: 'the time of the issuer is nearly over',
    shown: ['src/apply/run/renew-trust.test.ts', 'stores the new one encrypted with the key that is there'],
  },
  {
    rights: /^list (endpointslices|virtualservices)\./,
    commands: ['verify', 'join'],
    when: 'the mesh has a cluster without an istiod of its own: every command compares the same kinds',
    shown: ['src/apply/read-drift.test.ts', 'are those of a plan, but for the inventory, which follows from them'],
  },
  {
    rights: /^patch mesh(es|clusters|services)\.isthmus\.dev/,
    commands: ['uninstall', 'uninstallAnyIstio'],
    when: 'a finalizer of ours hangs on a document',
    shown: [
      'src/remove/namespace.test.ts',
      'a namespace that hangs on a finalizer of ours goes when that is taken off',
    ],
  },
  {
    rights: /^(get|delete) (meshshifts\.isthmus\.dev in isthmus-system|jobs\.batch in istio-system)$/,
    commands: ['leave', 'uninstall', 'uninstallAnyIstio'],
    when: 'somebody shifted requests, or interrupted a shift, a drill or an apply with a guard',
    shown: ['test/rights-kinds.test.ts', 'an uninstall may delete what $command creates'],
  },
  {
    rights: /^(get|delete) (gatewayclasses|clustertrustbundles)\./,
    when: 'the cluster serves the kind',
    shown: ['src/remove/artefact.test.ts', 'is written by istiod itself'],
  },
  {
    rights: /^(get|delete|patch) /,
    commands: ['uninstallAnyIstio'],
    when: 'an Istio that somebody installed otherwise has an object of that kind',
    shown: ['src/remove/artefact.test.ts', 'is known by the labels of istioctl, of its operator and of the charts'],
  },
];

const { declared } = readText(readFileSync(join(root, 'examples/external/mesh.yaml'), 'utf8'), 'mesh.yaml');
if (declared === undefined) throw new Error('the mesh is not declared');
const external = resolveMesh(declared);

/** What a command may do in any mesh, and in the namespace of the one istiod of the runs that ran for another cluster. */
function mayDo(command: RightsCommand): readonly PlacedRule[] {
  const rules = rulesOf(command).filter(({ place }) => place === 'Hosted');
  return [...rulesAnywhere(rulesOf(command)), ...rulesIn(rules, external, 'west')];
}

function allows({ verbs, group, resources, namespace, names }: PlacedRule, request: Recorded): boolean {
  const [verb, ofGroup, resource, inNamespace, name] = request;
  return (
    verbs.includes(verb) &&
    (group === '*' || group === ofGroup) &&
    (resources.includes('*') || resources.includes(resource)) &&
    (namespace === undefined || namespace === inNamespace) &&
    (names === undefined || names.includes(name ?? ''))
  );
}

test('the roles of the operator allow all that an apply and a status were seen to ask for', () => {
  const rules = withoutRepeats(mayDo('operator'));
  const seen = [...recorded.apply, ...recorded.status];
  expect(seen.filter((request) => !rules.some((rule) => allows(rule, request)))).toEqual([]);
});

test('the roles of a doctor allow all that a status, a trust and a trace were seen to ask for', () => {
  const rules = withoutRepeats(mayDo('doctor'));
  const seen = [...recorded.status, ...recorded.trust, ...recorded.trace];
  expect(seen.filter((request) => !rules.some((rule) => allows(rule, request)))).toEqual([]);
});

test.each(recordedCommands)('the roles of %s allow all that it was seen to ask for', (command) => {
  const rules = withoutRepeats(mayDo(command));
  expect(recorded[command].length).toBeGreaterThan(5);
  expect(recorded[command].filter((request) => !rules.some((rule) => allows(rule, request)))).toEqual([]);
});

/** What a command was seen to ask for; one with a flag has all the roles of the one without. */
function seenOf(command: RecordedCommand): readonly Recorded[] {
  const plain = { verifySweep: 'verify', uninstallAnyIstio: 'uninstall' } as const;
  return command in plain
    ? [...recorded[plain[command as keyof typeof plain]], ...recorded[command]]
    : recorded[command];
}

/** A right of a command that it was not seen to use. */
interface Idle {
  readonly command: RightsCommand;
  readonly right: string;
}

function idleOf(command: RecordedCommand, rules: readonly PlacedRule[]): readonly Idle[] {
  return withoutRepeats(rules).flatMap((rule) =>
    rule.resources.flatMap((resource) =>
      rule.verbs
        .filter(
          (verb) =>
            !seenOf(command).some((request) => allows({ ...rule, resources: [resource], verbs: [verb] }, request)),
        )
        .map((verb): Idle => ({ command, right: described(verb, resource, rule) })),
    ),
  );
}

function described(verb: string, resource: string, { group, namespace }: PlacedRule): string {
  return `${verb} ${resource}${group === '' ? '' : `.${group}`} in ${namespace ?? 'all namespaces'}`;
}

function fits({ rights, commands = recordedCommands }: Situation, { command, right }: Idle): boolean {
  return commands.includes(command) && rights.test(right);
}

// What is given on to istiod is held against the roles of its charts by test/integration/renderers.test.ts.
const idle = recordedCommands.flatMap((command) =>
  idleOf(
    command,
    rulesAnywhere(rulesOf(command)).filter(({ use }) => use !== 'Grant'),
  ),
);

test.each(recordedCommands)(
  '%s uses each of its rights in a recorded run or in a named situation: none is too much',
  (name) => {
    const own = idle.filter(({ command }) => command === name);
    expect(own.filter((one) => !situations.some((situation) => fits(situation, one)))).toEqual([]);
  },
);

test.each(situations)('$rights is for a situation that a test shows', (situation) => {
  expect(idle.some((one) => fits(situation, one))).toBe(true);
  const [file, title] = situation.shown;
  expect(readFileSync(join(root, file), 'utf8')).toContain(title);
});
