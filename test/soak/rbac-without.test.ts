import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessOfContext } from '../../src/kube/access/context.ts';
import { loadKubeconfig } from '../../src/kube/access/kubeconfig.ts';
import { connect } from '../../src/kube/connect.ts';
import { testPorts } from '../../src/kube/testing/ports.ts';
import { readText } from '../../src/mesh/text/read-text.ts';
import { refKey, refOf } from '../../src/objects/object.ts';
import { describeRight, type Right } from '../../src/objects/right.ts';
import { type RightsCommand, rulesOf } from '../../src/rights/commands.ts';
import { rolesOf } from '../../src/rights/roles.ts';
import { type PlacedRule, rightsIn, rulesIn } from '../../src/rights/select.ts';
import { resolveMesh } from '../../src/topology/resolved-mesh.ts';
import { type Accounts, openAccounts, userOf } from '../support/access.ts';
import { endedWith } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { west } from '../support/one-cluster.ts';
import { eventuallyDenied } from '../support/rights.ts';
import { say } from './seed.ts';

/**
 * Each right that every run of a reading command needs, or that the usual run used, taken away in west: the command must name
 * what it could not do. What nobody misses is too much, or a refusal that is swallowed.
 */
const path = join(checkout, 'examples/two-networks/mesh.yaml');
const hello = ['--from', 'west/sample/client', '--to', 'helloworld:5000'];
const names = ['west', 'east'] as const;

let lab: TestLab;
let accounts: Accounts;
beforeAll(async () => {
  lab = await startTestLab({ name: 'soak-less', clusters: twoClusters, audit: true });
  await Promise.all(names.map((name) => lab.kubectl(name, 'create', 'namespace', 'sample')));
  accounts = await openAccounts(lab);
  await accounts.give(path);
  endedWith(0, await lab.isthmus.run(['apply', '-f', path]));
  const hello = ['apply', '-n', 'sample', '-f', join(checkout, 'lab/manifests/helloworld.yaml')];
  await Promise.all(names.map((name) => lab.kubectl(name, ...hello)));
  await lab.kubectl('west', 'apply', '-n', 'sample', '-f', join(checkout, 'lab/manifests/client.yaml'));
  const wait = ['-n', 'sample', 'wait', '--for=condition=Available', 'deployment', '--all', '--timeout=240s'];
  await Promise.all(names.map((name) => lab.kubectl(name, ...wait)));
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

interface Line {
  readonly command: RightsCommand;
  /** `run` is another number each time. */
  readonly args: (run: number) => readonly string[];
}

const lines: readonly Line[] = [
  { command: 'plan', args: () => ['plan', '-f', path] },
  { command: 'status', args: () => ['status', '-f', path] },
  { command: 'trust', args: () => ['trust', '-f', path] },
  { command: 'trace', args: () => ['trace', ...hello, '-f', path] },
  { command: 'traceLive', args: () => ['trace', ...hello, '-f', path, '--live'] },
  { command: 'services', args: () => ['service', 'list', '-f', path] },
  { command: 'whatif', args: () => ['whatif', '-f', path] },
  { command: 'snapshot', args: (run) => ['snapshot', '-f', path, `snapshot-${run}`] },
  { command: 'verify', args: () => ['verify', '-f', path, '--requests', '2'] },
];

function rulesInWest(command: RightsCommand): readonly PlacedRule[] {
  const { declared } = readText(readFileSync(path, 'utf8'), 'mesh.yaml');
  if (declared === undefined) throw new Error('the mesh is not declared');
  return rulesIn(rulesOf(command), resolveMesh(declared), 'west');
}

/**
 * The rights that every run of a command needs, and those of which its usual run made use; of a live trace what it needs
 * besides those of a trace.
 */
async function rightsOf(command: RightsCommand): Promise<readonly Right[]> {
  const rules = rulesInWest(command);
  const named = rules.filter(({ names }) => names !== undefined);
  const asked = (await accounts.asked()).filter(
    (one) =>
      one.command === command &&
      one.cluster === 'west' &&
      one.status < 400 &&
      !named.some(({ resources, names = [] }) => resources.includes(one.resource) && names.includes(one.name ?? '')),
  );
  const isUsed = ({ verb, group, resource, namespace }: Right): boolean =>
    asked.some(
      (one) =>
        one.verb === verb && one.group === group && one.resource === resource && placeOf(one.namespace) === namespace,
    );
  const always = rightsIn(rules.filter(({ use }) => use === 'Always'));
  const others = rightsIn(rules.filter(({ use }) => use === 'AsNeeded')).filter(isUsed);
  const all = [...new Map([...always, ...others].map((right) => [describeRight(right), right])).values()];
  if (command !== 'traceLive') return all;
  const known = new Set(rightsIn(rulesInWest('trace')).map(describeRight));
  return all.filter((right) => !known.has(describeRight(right)));
}

/** Where a right to ask something of a namespace is given: in the namespaces of the mesh, else in the whole cluster. */
function placeOf(namespace: string | undefined): string | undefined {
  return namespace === 'istio-system' || namespace === 'isthmus-system' ? namespace : undefined;
}

/** The rules without one right: a rule for the whole cluster gives it too. */
function without(rules: readonly PlacedRule[], right: Right): readonly PlacedRule[] {
  return rules.flatMap((rule) => {
    const holds =
      rule.group === right.group &&
      (rule.namespace === undefined || rule.namespace === right.namespace) &&
      rule.resources.includes(right.resource) &&
      rule.verbs.includes(right.verb) &&
      rule.names === undefined;
    if (!holds) return [rule];
    const verbs = rule.verbs.filter((verb) => verb !== right.verb);
    const resources = rule.resources.filter((resource) => resource !== right.resource);
    return [
      ...(resources.length === 0 ? [] : [{ ...rule, resources }]),
      ...(verbs.length === 0 ? [] : [{ ...rule, verbs, resources: [right.resource] }]),
    ];
  });
}

/** Gives the account these rules instead; a role that has none of them stays, and gives nothing. */
async function giveInWest(command: RightsCommand, rules: readonly PlacedRule[]): Promise<void> {
  const name = command === 'traceLive' ? 'isthmus-trace-live' : `isthmus-${command}`;
  const given = new Map(rolesOf(name, rules).map(({ object }) => [refKey(refOf(object)), object]));
  const roles = rolesOf(name, rulesInWest(command)).map(({ object }) =>
    JSON.stringify(given.get(refKey(refOf(object))) ?? { ...object, rules: [] }),
  );
  await lab.kubectl('west', 'replace', '-f', await lab.file(`${name}.json`, roles.join('\n')));
}

/** How a command takes it: whether it says in a line of its own what it may not, and how it ends. */
async function reaction({ command, args }: Line, { run, usual }: { readonly run: number; readonly usual: string }) {
  const { code, stdout, stderr } = await accounts.run(command, args(run));
  const own = `${stdout}\n${stderr}`.split('\n').filter((line) => !usual.includes(line));
  const says = own.find((line) => /may not|forbidden|denied/.test(line));
  return { code, says };
}

async function usualOf({ command, args }: Line): Promise<string> {
  let usual = '';
  const look = async (): Promise<string | undefined> => {
    const { code, stdout, stderr } = await accounts.run(command, args(0));
    usual = `${stdout}\n${stderr}`;
    return code === 0 ? undefined : usual;
  };
  await eventually(look, { timeoutMs: 90_000 });
  return usual;
}

test.each(lines)('whichever right $command lacks, it is missed', async (line) => {
  const { command } = line;
  const rules = rulesInWest(command);
  const config = await loadKubeconfig({ path: lab.lab.kubeconfig, environment: {}, homeFolder: '/' });
  const impersonate = { user: userOf(command), uid: undefined, groups: [], extra: {} };
  const access = { ...accessOfContext(config, 'west', west), impersonate };
  await using client = await connect(access, { ...testPorts, cluster: west });
  const usual = await usualOf(line);
  const reactions = new Map<string, Awaited<ReturnType<typeof reaction>>>();
  for (const right of await rightsOf(command)) {
    await giveInWest(command, without(rules, right));
    await eventuallyDenied(client, { asked: [right], denied: [right] });
    reactions.set(describeRight(right), await reaction(line, { run: reactions.size + 1, usual }));
    await giveInWest(command, rules);
    await eventuallyDenied(client, { asked: [right], denied: [] });
  }
  say(`${command}: ${reactions.size} rights`);
  for (const [right, { code, says }] of reactions) say(`  ${right}: ends with ${code}, ${says?.trim() ?? 'NOT NAMED'}`);
  expect([...reactions].filter(([, { says }]) => says === undefined).map(([right]) => right)).toEqual([]);
});
