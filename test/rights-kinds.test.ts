import { describe, expect, test } from 'vitest';
import { readCandidates } from '../src/apply/read/candidates.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { createFake } from '../src/kube/testing/fake.ts';
import { groupOf, type KindRef, type KubeObject, refOf } from '../src/objects/object.ts';
import { owned } from '../src/objects/ownership.ts';
import { surveyCluster } from '../src/observe/survey.ts';
import { planPrune } from '../src/plan/prune.ts';
import { rulesOf } from '../src/rights/commands.ts';
import { meshKinds } from '../src/rights/kinds.ts';
import { predicting } from '../src/rights/reading.ts';
import type { Place, Rule } from '../src/rights/rule.ts';
import { surveying } from '../src/rights/surveying.ts';
import { readKinds } from '../src/snapshot/kinds.ts';

/** Rights that follow from tables of kinds: shown for each kind, since no run meets all of them. */
const kindOf: Readonly<Record<string, KindRef>> = Object.fromEntries(
  [
    ['namespaces', 'v1', 'Namespace'],
    ['configmaps', 'v1', 'ConfigMap'],
    ['secrets', 'v1', 'Secret'],
    ['services', 'v1', 'Service'],
    ['serviceaccounts', 'v1', 'ServiceAccount'],
    ['customresourcedefinitions', 'apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
    ['clusterroles', 'rbac.authorization.k8s.io/v1', 'ClusterRole'],
    ['clusterrolebindings', 'rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
    ['roles', 'rbac.authorization.k8s.io/v1', 'Role'],
    ['rolebindings', 'rbac.authorization.k8s.io/v1', 'RoleBinding'],
    ['mutatingwebhookconfigurations', 'admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
    ['validatingwebhookconfigurations', 'admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
    ['deployments', 'apps/v1', 'Deployment'],
    ['horizontalpodautoscalers', 'autoscaling/v2', 'HorizontalPodAutoscaler'],
    ['poddisruptionbudgets', 'policy/v1', 'PodDisruptionBudget'],
    ['endpointslices', 'discovery.k8s.io/v1', 'EndpointSlice'],
    ['gateways', 'networking.istio.io/v1', 'Gateway'],
    ['virtualservices', 'networking.istio.io/v1', 'VirtualService'],
    ['destinationrules', 'networking.istio.io/v1', 'DestinationRule'],
    ['meshes', 'isthmus.dev/v1alpha1', 'Mesh'],
    ['meshclusters', 'isthmus.dev/v1alpha1', 'MeshCluster'],
    ['meshservices', 'isthmus.dev/v1alpha1', 'MeshService'],
    ['wrappingkeys', 'isthmus.dev/v1alpha1', 'WrappingKey'],
  ].map(([plural = '', apiVersion = '', kind = '']) => [`${plural} of ${groupOf(apiVersion)}`, { apiVersion, kind }]),
);

const namespaces: Readonly<Record<Place, string>> = {
  Everywhere: 'sample',
  Istio: 'istio-system',
  Isthmus: 'isthmus-system',
  Probe: 'isthmus-probe',
  Hosted: 'istiod-east',
};

const inNoNamespace = /^(namespaces|customresourcedefinitions|cluster|mutating|validating)/;

/** One resource of a rule, and an object of the mesh to which it gives a right. */
interface Held {
  readonly resource: string;
  readonly place: Place;
  readonly object: KubeObject;
}

function heldBy({ group, resources, place }: Rule): readonly Held[] {
  return resources.map((resource) => {
    const kind = kindOf[`${resource} of ${group}`];
    if (kind === undefined) throw new Error(`there is no kind for ${resource} of ${group}`);
    const metadata = inNoNamespace.test(resource) ? { name: 'one' } : { name: 'one', namespace: namespaces[place] };
    return { resource, place, object: owned({ ...kind, metadata }, 'shop') };
  });
}

const held = meshKinds(['get'], 'AsNeeded', 'to test').flatMap(heldBy);

function gives(command: Parameters<typeof rulesOf>[0], verb: string, { resource, place, object }: Held): boolean {
  return rulesOf(command).some(
    (rule) =>
      rule.use !== 'Grant' &&
      rule.verbs.includes(verb) &&
      rule.group === groupOf(object.apiVersion) &&
      rule.resources.includes(resource) &&
      rule.place === place,
  );
}

describe.each(held)('$resource in $place', (one) => {
  test('an apply may delete it where the mesh can no longer want it, and nowhere else', () => {
    const { deletions } = planPrune([{ ref: refOf(one.object), live: one.object }], {
      mesh: 'shop',
      peersUnsettled: undefined,
      revisionsInUse: new Map(),
    });
    for (const verb of ['delete', 'watch']) expect(gives('apply', verb, one)).toBe(deletions.length > 0);
  });

  test('it is asked for by name where the inventory names it and no list had it, which takes the right to get it', async () => {
    const asked: string[] = [];
    const client = createFake({
      objects: [one.object],
      intercept: ({ verb, kind }) => void asked.push(`${verb} ${kind}`),
    });
    const query = { inventory: [refOf(one.object)], wanted: [], live: new Map(), signal: new AbortController().signal };
    await readCandidates(client, query);
    expect(asked).toContain(`get ${one.object.kind}`);
    for (const command of ['plan', 'apply', 'status', 'join', 'leave'] as const)
      expect(gives(command, 'get', one)).toBe(true);
  });
});

const creating = ['applyGuarded', 'shift', 'drill'] as const;

/** EndpointSlices go with their Services, and the rules for documents name their own places. */
const goneOtherwise: readonly string[] = ['endpointslices', 'meshes', 'meshclusters'];

test.each(creating.map((command) => ({ command })))('an uninstall may delete what $command creates', ({ command }) => {
  const created = rulesOf(command)
    .filter(({ verbs, use }) => verbs.includes('create') && use !== 'Grant')
    .flatMap(({ group, resources, place }) => resources.map((resource) => ({ group, resource, place })))
    // A connection to a pod is made by the right to create it, and nothing is left of it.
    .filter(({ resource }) => !resource.includes('/') && !goneOtherwise.includes(resource));
  const mayDelete = ({ group, resource, place }: (typeof created)[number]): boolean =>
    rulesOf('uninstall').some(
      (rule) =>
        rule.verbs.includes('delete') &&
        rule.group === group &&
        rule.resources.includes(resource) &&
        (rule.place === place || rule.place === 'Everywhere'),
    );
  expect(created.length).toBeGreaterThan(0);
  expect(created.filter((one) => !mayDelete(one))).toEqual([]);
});

test('what a prediction may list is what it reads', () => {
  const read = readKinds.map(({ apiVersion, kind }) => `${plural(kind)} of ${groupOf(apiVersion)}`);
  const listed = predicting
    .filter(({ verbs, place }) => verbs.includes('list') && place === 'Everywhere')
    .flatMap(({ group, resources }) => resources.map((resource) => `${resource} of ${group}`));
  // Of Deployments only those of istiods are kept.
  expect(listed.toSorted()).toEqual([...read, 'deployments of apps'].toSorted());
});

function plural(kind: string): string {
  const name = kind.toLowerCase();
  if (name.endsWith('y') && !name.endsWith('ay')) return `${name.slice(0, -1)}ies`;
  return `${name}s`;
}

test('the roles of init allow what it reads of a cluster with an istiod, and nothing that it does not read', async () => {
  const metadata = { name: 'istiod', namespace: 'istio-system', labels: { app: 'istiod' } };
  const istiod = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: {} };
  const asked: string[] = [];
  await surveyCluster(recordedBy(createFake({ objects: [istiod] }), asked), new AbortController().signal);
  const plurals = new Map(Object.entries(kindOf).map(([key, { kind }]) => [kind, key.split(' of ')[0]]));
  plurals.set('Node', 'nodes');
  const wanted = surveying.map(({ verbs: [verb], group, resources: [resource], place, names }) =>
    [verb, resource, group, names?.[0] ?? (place === 'Istio' ? 'istio-system' : '')].join(' '),
  );
  const seen = asked.map((line) => line.replace(/ (\w+) /, (_, kind: string) => ` ${plurals.get(kind) ?? kind} `));
  expect([...new Set(seen)].toSorted()).toEqual(wanted.toSorted());
});

/** A client that notes what is asked of it: the verb, the kind, its group, and the namespace or, outside of any, the name. */
function recordedBy(client: KubeClient, asked: string[]): KubeClient {
  const note = (verb: string, { apiVersion, kind }: KindRef, place = ''): void => {
    asked.push([verb, kind, groupOf(apiVersion), place].join(' '));
  };
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'get') {
        return (...args: Parameters<KubeClient['get']>) => {
          note('get', args[0], args[0].namespace ?? args[0].name);
          return target.get(...args);
        };
      }
      if (name === 'list') {
        return (...args: Parameters<KubeClient['list']>) => {
          note('list', args[0], args[1]?.namespace);
          return target.list(...args);
        };
      }
      return Reflect.get(target, name, target);
    },
  });
}
