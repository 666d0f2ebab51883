import { describe, expect, test } from 'vitest';
import { readText } from '../mesh/text/read-text.ts';
import { describeRight } from '../objects/right.ts';
import { resolveMesh } from '../topology/resolved-mesh.ts';
import { drillUndoName } from '../undo/undo-objects.ts';
import { rightsCommands, rulesOf } from './commands.ts';
import { withoutRepeats } from './merge.ts';
import { bindingOf, namespacesOf, rolesOf } from './roles.ts';
import { type PlacedRule, rightsIn, rulesAnywhere, rulesIn } from './select.ts';

function meshOf(...specs: readonly string[]) {
  const documents = specs.map(
    (spec, index) =>
      `---\napiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: c${index}}\nspec: ${spec}\n`,
  );
  const mesh =
    'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}\n';
  const { declared, findings } = readText(`${mesh}${documents.join('')}`, 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return resolveMesh(declared);
}

const rule = (over: Partial<PlacedRule>): PlacedRule => ({
  verbs: ['get'],
  group: '',
  resources: ['pods'],
  namespace: undefined,
  use: 'Always',
  because: 'a reason',
  ...over,
});

describe('the table', () => {
  test.each(rightsCommands)('of %s names verbs of RBAC, with a reason in words', (command) => {
    for (const { verbs, resources, because } of rulesOf(command)) {
      for (const verb of verbs)
        expect(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', '*']).toContain(verb);
      expect(resources.length).toBeGreaterThan(0);
      expect(because).toMatch(/^\S.*[^.]$/);
    }
  });

  test('gives nobody the right to give themselves more', () => {
    for (const command of rightsCommands) {
      const given = rulesOf(command).flatMap(({ verbs }) => verbs);
      expect(given).not.toContain('escalate');
      expect(given).not.toContain('bind');
      expect(given).not.toContain('impersonate');
    }
  });

  test.each(['init', 'plan', 'status', 'doctor', 'trust', 'services', 'trace', 'whatif', 'snapshot'] as const)(
    'of %s changes nothing',
    (command) => {
      const writes = rulesOf(command).filter(({ verbs }) =>
        verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)),
      );
      // A connection to a pod is made with `create` from Kubernetes 1.35 on.
      expect(writes.filter(({ resources }) => resources.join() !== 'pods/portforward')).toEqual([]);
    },
  );

  test.each(['apply', 'join', 'leave', 'operator'] as const)(
    'of %s alone has what is given on to istiod',
    (command) => {
      expect(rulesOf(command).some(({ use }) => use === 'Grant')).toBe(true);
    },
  );
});

test('an operator may watch every kind that an apply writes, in all namespaces', () => {
  const watched = new Set(
    rightsIn(rulesAnywhere(rulesOf('operator')))
      .filter(({ verb, namespace }) => verb === 'watch' && namespace === undefined)
      .map(({ group, resource }) => `${resource}.${group}`),
  );
  const written = rightsIn(rulesAnywhere(rulesOf('apply')))
    .filter(({ verb, resource }) => verb === 'patch' && !/\/|^(pods|leases)$/.test(resource))
    .map(({ group, resource }) => `${resource}.${group}`);
  expect(written.length).toBeGreaterThan(20);
  // What istiod is given is not what an apply writes.
  const given = new Set(
    rulesOf('apply')
      .filter(({ use }) => use === 'Grant')
      .flatMap(({ resources }) => resources),
  );
  expect(written.filter((one) => !watched.has(one) && !given.has(one.split('.')[0] ?? ''))).toEqual([]);
});

describe('the rules of a cluster', () => {
  const namesOf = (mesh: ReturnType<typeof meshOf>, cluster: string) =>
    rightsIn(
      rulesIn(
        rulesOf('apply').filter(({ use }) => use === 'Always'),
        mesh,
        cluster,
      ),
    ).map(describeRight);

  test('hold the lock, the issuer and the documents at home alone', () => {
    const mesh = meshOf('{network: us}', '{network: us}');
    const atHome = namesOf(mesh, 'c0').filter((name) => !namesOf(mesh, 'c1').includes(name));
    expect(atHome).toContain('patch leases.coordination.k8s.io in isthmus-system');
    expect(atHome).toContain('get secrets in isthmus-system');
    expect(atHome).toContain('create meshes.isthmus.dev in isthmus-system');
    expect(namesOf(mesh, 'c1').filter((name) => !namesOf(mesh, 'c0').includes(name))).toEqual([]);
  });

  test('follow from who serves whom', () => {
    const mesh = meshOf('{network: us}', '{network: us, controlPlane: {remoteOf: c0}}');
    expect(namesOf(mesh, 'c0')).toContain('create virtualservices.networking.istio.io in istio-system');
    expect(namesOf(mesh, 'c1')).toContain('list endpointslices.discovery.k8s.io in istio-system');
    expect(namesOf(mesh, 'c0')).not.toContain('list endpointslices.discovery.k8s.io in istio-system');
  });

  test('reach into the namespaces of istiods that run for others', () => {
    const mesh = meshOf('{network: us}', '{network: us, controlPlane: {externalOf: c0}}');
    expect(namesOf(mesh, 'c0')).toContain('create deployments.apps in istiod-c1');
    expect(rulesAnywhere(rulesOf('apply')).some(({ namespace }) => namespace === 'istiod-c1')).toBe(false);
  });

  test.each(['services', 'trace', 'whatif', 'snapshot'] as const)(
    'let a %s read the settings of an istiod that runs for another',
    (command) => {
      const mesh = meshOf('{network: us}', '{network: us, controlPlane: {externalOf: c0}}');
      const names = rightsIn(rulesIn(rulesOf(command), mesh, 'c0')).map(describeRight);
      expect(names).toEqual(expect.arrayContaining(['list configmaps in istiod-c1', 'list secrets in istiod-c1']));
    },
  );

  test('read nodes where they are the way in', () => {
    const mesh = meshOf('{network: us, gateway: {type: NodePort}}', '{network: eu}');
    expect(namesOf(mesh, 'c0')).toContain('list nodes');
    expect(namesOf(mesh, 'c1')).not.toContain('list nodes');
  });
});

describe('withoutRepeats', () => {
  test.each([
    ['the same again', rule({}), rule({ because: 'another reason' })],
    ['a namespace of the whole cluster', rule({}), rule({ namespace: 'istio-system' })],
    ['an object of a kind', rule({}), rule({ names: ['one'] })],
    ['a verb of all', rule({ verbs: ['*'] }), rule({})],
    ['a resource of all', rule({ resources: ['*'] }), rule({ resources: ['pods/log'] })],
    ['a group of all', rule({ group: '*', resources: ['*'] }), rule({ group: 'apps', resources: ['deployments'] })],
  ])('leaves %s out', (_, wide, narrow) => {
    const kept = withoutRepeats([narrow, wide]);
    expect(kept.map(({ because: _, ...one }) => one)).toEqual(
      withoutRepeats([wide]).map(({ because: _, ...one }) => one),
    );
  });

  test('keeps what is left of a rule, with its reason', () => {
    const some = rule({ verbs: ['get', 'list'], resources: ['pods', 'secrets'], namespace: 'istio-system' });
    expect(withoutRepeats([rule({ verbs: ['list'] }), some])).toEqual([
      rule({ verbs: ['list'] }),
      { ...some, verbs: ['get'], resources: ['pods'] },
      { ...some, resources: ['secrets'] },
    ]);
  });

  test('keeps names apart', () => {
    const named = rule({ names: ['a'] });
    expect(withoutRepeats([named, rule({ names: ['b'] })])).toEqual([named, rule({ names: ['b'] })]);
  });

  test.each(rightsCommands)('leaves each right of %s once', (command) => {
    const rights = withoutRepeats(rulesAnywhere(rulesOf(command))).flatMap(
      ({ verbs, group, resources, names, namespace }) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) => (names ?? ['']).map((name) => [verb, group, resource, namespace, name].join(' '))),
        ),
    );
    expect(new Set(rights).size).toBe(rights.length);
  });
});

test('the namespace of a hosted istiod is made as one of the mesh, which an apply takes, and the others as anybody makes them', () => {
  const mesh = meshOf('{network: us}', '{network: us, controlPlane: {externalOf: c0}}');
  const namespaces = namespacesOf(rolesOf('r', rulesIn(rulesOf('apply'), mesh, 'c0')), 'shop');
  const labels = { 'app.kubernetes.io/managed-by': 'isthmus', 'isthmus.dev/mesh': 'shop' };
  expect(namespaces.map(({ metadata }) => metadata)).toEqual([
    { name: 'isthmus-system' },
    { name: 'istio-system' },
    { name: 'istiod-c1', labels },
  ]);
});

test('roles stand in their namespaces, with a reason for each rule, and bindings give them', () => {
  const [wide, narrow, ...more] = rolesOf('r', [
    rule({ namespace: 'n', names: ['a'], because: 'b' }),
    rule({ verbs: ['list'] }),
  ]);
  expect(more).toEqual([]);
  expect(wide?.object).toMatchObject({ kind: 'ClusterRole', metadata: { name: 'r' } });
  expect(narrow).toEqual({
    object: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'r', namespace: 'n' },
      rules: [{ apiGroups: [''], resources: ['pods'], resourceNames: ['a'], verbs: ['get'] }],
    },
    reasons: ['b'],
  });
  if (narrow === undefined) throw new Error('there is no Role');
  const account = { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' } as const;
  expect(bindingOf(narrow.object, [{ kind: 'User', name: 'ann' }, account])).toMatchObject({
    kind: 'RoleBinding',
    metadata: { name: 'r', namespace: 'n' },
    roleRef: { kind: 'Role', name: 'r' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ann' }, account],
  });
});

test('what shows a drill names the record that a drill makes', () => {
  const names = rulesOf('dashboard').flatMap((rule) => rule.names ?? []);
  expect(names.filter((name) => name.startsWith('isthmus-undo'))).toEqual([drillUndoName, drillUndoName]);
});
