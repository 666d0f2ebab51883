import { apiGroup } from '../api/crd.ts';
import { readerName } from '../istio/reader.ts';
import { operatorName } from '../objects/ownership.ts';
import { applying } from './applying.ts';
import { meshKinds } from './kinds.ts';
import { judging } from './reading.ts';
import { changed, type Rule } from './rule.ts';

const atHome = { place: 'Isthmus', where: 'Home', use: 'Always' } as const;

/** The one pod in each cluster that proves the data path; its namespace is for it alone. */
const probing: readonly Rule[] = [
  {
    verbs: ['get', 'create', 'patch', 'delete'],
    group: 'apps',
    resources: ['deployments'],
    because: 'the probe, which sends a light request to each other cluster',
  },
  {
    verbs: ['create', 'patch', 'delete'],
    group: '',
    resources: ['services', 'serviceaccounts'],
    because: 'what the probes call, and the identity with which they do',
  },
  {
    verbs: ['create', 'patch', 'delete'],
    group: 'networking.istio.io',
    resources: ['sidecars'],
    because: "a probe's sidecar holds nothing but what the probe calls",
  },
  {
    verbs: ['list', 'watch', 'delete'],
    group: '',
    resources: ['pods'],
    because: 'whether the probe runs, with its sidecar',
  },
  { verbs: ['get'], group: '', resources: ['pods/log'], because: 'what the probe measured' },
].map((rule): Rule => ({ ...rule, place: 'Probe', use: 'Always' }));

/** What an operator does in each cluster of its mesh: it keeps what an apply makes, and says what a status says. */
export const operating: readonly Rule[] = [
  ...applying,
  ...judging,
  {
    verbs: ['create'],
    group: '',
    resources: ['serviceaccounts/token'],
    names: [readerName],
    place: 'Istio',
    use: 'Always',
    because: 'the tokens with which the other clusters read this one: they end, and are renewed before',
  },
  {
    verbs: ['create'],
    group: '',
    resources: ['serviceaccounts/token'],
    names: [operatorName],
    place: 'Isthmus',
    where: 'NotHome',
    use: 'Always',
    because: 'its own next token for this cluster, before the one that it has ends',
  },
  {
    verbs: ['list', 'watch'],
    group: 'discovery.k8s.io',
    resources: ['endpointslices'],
    place: 'Everywhere',
    use: 'Always',
    because: 'whether the istiods of the others know what is there',
  },
  {
    verbs: ['list'],
    group: 'networking.istio.io',
    resources: ['workloadentries'],
    place: 'Everywhere',
    use: 'Always',
    because: 'workloads that an istiod knows and that no EndpointSlice names',
  },
  ...probing,
  ...everywhere(meshKinds(['watch'], 'Always', 'to notice at once what someone else changes')),
  {
    verbs: ['watch'],
    group: apiGroup,
    resources: ['meshservices'],
    place: 'Everywhere',
    where: 'Home',
    use: 'Always',
    because: 'the documents that stand beside your services, as soon as they change',
  },
  {
    ...atHome,
    verbs: ['get', 'patch'],
    group: apiGroup,
    resources: ['meshes/status', 'meshclusters/status'],
    because: 'what it saw, for kubectl',
  },
  {
    ...atHome,
    place: 'Everywhere',
    verbs: ['get', 'patch'],
    group: apiGroup,
    resources: ['meshservices/status'],
    because: 'what became of a MeshService, for kubectl',
  },
  {
    ...atHome,
    verbs: ['get', 'watch'],
    group: '',
    resources: ['secrets'],
    because: 'the kubeconfigs of the other clusters, each by its name',
  },
  {
    ...atHome,
    verbs: ['create', 'patch'],
    group: 'events.k8s.io',
    resources: ['events'],
    because: 'what happened to a cluster, for kubectl describe',
  },
  {
    ...atHome,
    verbs: ['get', 'create', 'patch', 'update'],
    group: 'coordination.k8s.io',
    resources: ['leases'],
    because: 'which of its pods leads',
  },
];

/** One watch a kind sees the objects of the mesh by their label, in whatever namespace they are. */
function everywhere(rules: readonly Rule[]): readonly Rule[] {
  return changed(rules, { verbs: ['list', 'watch'], place: 'Everywhere' });
}
