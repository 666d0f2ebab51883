import type { Rule } from './rule.ts';

/** What a cluster says of its network and of the Istio in it, before there is a mesh file. */
export const surveying: readonly Rule[] = [
  {
    verbs: ['list'],
    group: '',
    resources: ['nodes'],
    place: 'Everywhere',
    use: 'Always',
    because: 'the ranges of pod addresses, which tell networks apart',
  },
  {
    verbs: ['get'],
    group: '',
    resources: ['namespaces'],
    names: ['istio-system'],
    place: 'Everywhere',
    use: 'Always',
    because: 'the network that the cluster states, and whose istiod may serve it',
  },
  {
    verbs: ['list'],
    group: 'admissionregistration.k8s.io',
    resources: ['mutatingwebhookconfigurations'],
    place: 'Everywhere',
    use: 'Always',
    because: "whether another cluster's istiod injects the pods, and with which names",
  },
  {
    verbs: ['list'],
    group: 'apps',
    resources: ['deployments'],
    place: 'Istio',
    use: 'Always',
    because: 'which istiods run, and whose they are',
  },
  {
    verbs: ['list'],
    group: 'apps',
    resources: ['deployments'],
    place: 'Everywhere',
    use: 'AsNeeded',
    because: 'for which other clusters an istiod runs there',
  },
  {
    verbs: ['get'],
    group: '',
    resources: ['configmaps'],
    place: 'Istio',
    use: 'AsNeeded',
    because: 'the settings of an istiod: its mesh, cluster, network and trust domain',
  },
  {
    verbs: ['list'],
    group: '',
    resources: ['secrets'],
    place: 'Istio',
    use: 'Always',
    because: 'which clusters the remote secrets name; their metadata alone is read',
  },
];
