import { apiGroup } from '../api/crd.ts';
import { meshKinds } from './kinds.ts';
import { besideIstiods, changed, type Rule } from './rule.ts';

/** Who a cluster is; every command asks that when it connects. */
export const connecting: readonly Rule[] = [
  {
    verbs: ['get'],
    group: '',
    resources: ['namespaces'],
    names: ['kube-system'],
    place: 'Everywhere',
    use: 'Always',
    because: 'its UID tells whether two contexts lead to the same cluster',
  },
  {
    verbs: ['list'],
    group: apiGroup,
    resources: ['meshservices'],
    place: 'Everywhere',
    where: 'Home',
    use: 'AsNeeded',
    because: 'a mesh that is read from its home cluster, with the MeshServices of every namespace',
  },
  {
    verbs: ['list'],
    group: apiGroup,
    resources: ['meshes', 'meshclusters'],
    place: 'Isthmus',
    where: 'Home',
    use: 'AsNeeded',
    because: 'a mesh that is read from its home cluster',
  },
];

/** istiod's pages and certificate, over a connection to its pods. */
export const askingIstiod: readonly Rule[] = besideIstiods([
  { verbs: ['list'], group: '', resources: ['pods'], use: 'Always', because: 'which istiods run' },
  {
    // Kubernetes 1.35 and later ask for `create` where earlier versions ask for `get`.
    verbs: ['get', 'create'],
    group: '',
    resources: ['pods/portforward'],
    use: 'Always',
    because: 'what istiod says of the clusters that it reads, and which certificate it serves with',
  },
]);

/** Which mesh a cluster holds. */
export const holding: Rule = {
  verbs: ['list'],
  group: 'apps',
  resources: ['deployments'],
  place: 'Istio',
  use: 'Always',
  because: 'whether the cluster holds this mesh and not another one',
};

/** What is under way counts more than the documents. */
export const knowingShifts: Rule = {
  verbs: ['list'],
  group: apiGroup,
  resources: ['meshshifts'],
  place: 'Isthmus',
  where: 'Home',
  use: 'Always',
  because: 'the weights of a shift that is under way, which count more than the documents',
};

/** What is declared, compared with what is there. */
export const comparing: readonly Rule[] = [
  knowingShifts,
  ...meshKinds(['list'], 'Always', 'to compare'),
  ...meshKinds(
    ['get'],
    'AsNeeded',
    'to see the whole of what someone else changed, and that what the inventory names is gone',
  ),
  ...(
    [
      {
        group: '',
        resources: ['secrets'],
        place: 'Istio',
        because: "the cluster's intermediate and its remote secrets",
      },
      { group: '', resources: ['configmaps'], place: 'Isthmus', because: 'the inventory of what was applied' },
      { group: '', resources: ['secrets'], place: 'Isthmus', where: 'Home', because: 'the issuer of the mesh' },
      {
        group: apiGroup,
        resources: ['wrappingkeys'],
        place: 'Isthmus',
        where: 'Home',
        because: "what the issuer's private key is encrypted with",
      },
    ] as const
  ).map((kinds): Rule => ({ ...kinds, verbs: ['get'], use: 'Always' })),
  ...(
    [
      { group: '', resources: ['services'], place: 'Istio', because: 'the addresses of the gateways' },
      {
        group: '',
        resources: ['secrets'],
        place: 'Hosted',
        where: 'Hosts',
        because: 'the intermediate of a hosted istiod',
      },
    ] as const
  ).map((kinds): Rule => ({ ...kinds, verbs: ['get'], use: 'AsNeeded' })),
  {
    verbs: ['list'],
    group: '',
    resources: ['nodes'],
    place: 'Everywhere',
    where: 'OnNodes',
    use: 'Always',
    because: "whose addresses are the gateway's",
  },
  ...[
    { group: '', resources: ['pods', 'services'] },
    { group: 'apps', resources: ['deployments'] },
    { group: 'networking.istio.io', resources: ['gateways'] },
  ].map(
    (kinds): Rule => ({
      ...kinds,
      verbs: ['list'],
      place: 'Everywhere',
      use: 'AsNeeded',
      because: 'an Istio that was there before the mesh, and what a revision that goes still serves',
    }),
  ),
];

/** Everything that decides where a request goes. */
export const predicting: readonly Rule[] = [
  ...[
    { group: '', resources: ['namespaces', 'nodes', 'pods', 'services'], use: 'Always' as const },
    { group: 'apps', resources: ['deployments'], use: 'Always' as const },
    { group: 'discovery.k8s.io', resources: ['endpointslices'], use: 'Always' as const },
    {
      group: 'networking.istio.io',
      resources: ['destinationrules', 'gateways', 'serviceentries', 'sidecars', 'virtualservices', 'workloadentries'],
      use: 'Always' as const,
    },
    {
      group: 'security.istio.io',
      resources: ['authorizationpolicies', 'peerauthentications'],
      use: 'Always' as const,
    },
    {
      group: 'gateway.networking.k8s.io',
      resources: ['gateways', 'httproutes', 'grpcroutes', 'tcproutes', 'tlsroutes'],
      use: 'AsNeeded' as const,
    },
    { group: 'multicluster.x-k8s.io', resources: ['serviceexports', 'serviceimports'], use: 'AsNeeded' as const },
  ].map((kinds): Rule => ({ ...kinds, verbs: ['list'], place: 'Everywhere', because: 'it decides where requests go' })),
  ...besideIstiods(
    [
      { resources: ['configmaps'], because: "the mesh's settings" },
      { resources: ['secrets'], because: 'which clusters istiod reads: the names of the remote secrets' },
    ].map((kinds) => ({ ...kinds, group: '', verbs: ['list'], use: 'Always' as const })),
  ),
  ...askingIstiod,
];

/** The state of control planes, gateways and peers. */
export const looking: readonly Rule[] = [
  ...askingIstiod,
  {
    verbs: ['list'],
    group: 'security.istio.io',
    resources: ['peerauthentications'],
    place: 'Istio',
    use: 'AsNeeded',
    because: 'whether mutual TLS is on, where clusters are on several networks',
  },
  ...besideIstiods([
    {
      verbs: ['get'],
      group: '',
      resources: ['pods/log'],
      use: 'Always',
      because: 'what istiod wrote about clusters that it cannot read, and about its last attempt to reach each',
    },
  ]),
  {
    verbs: ['list'],
    group: '',
    resources: ['pods'],
    place: 'Everywhere',
    use: 'Always',
    because: 'which proxies run, and what they state to istiod',
  },
];

/** Whether MeshServices are in effect: what the model needs, where there are some. */
const steering = changed(predicting, {
  where: 'Services',
  use: 'AsNeeded',
  because: 'whether the MeshServices are in effect',
});

/** Everything by which a status judges. */
export const judging: readonly Rule[] = [...comparing, ...looking, ...steering];
