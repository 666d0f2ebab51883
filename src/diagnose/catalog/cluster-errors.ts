import type { ErrorCode } from '../../base/error.ts';
import { option, remedy, repeat, runOn } from '../../base/remedy.ts';
import { type CatalogEntry, entry } from './entry.ts';

const byAnswer = "The API server's answer.";

/** Errors of one cluster: reaching it, and what its API server answers. */
export const clusterErrors = {
  'access-denied': entry(
    'cluster east: ann may not create deployments.apps in istio-system',
    "The cluster knows who you are and refuses the request (HTTP 403). Kubernetes lets no account give rights that it does not have itself: one that installs istiod needs every right that istiod's roles give.",
    byAnswer,
    remedy`Grant the account the right that the message names, or use a context with more rights: ${runOn('COMMAND', 'rbac')} prints the roles with which a command works`,
  ),
  'authentication-failed': entry(
    'cluster east: https://198.51.100.7:6443 does not accept our credentials',
    'The cluster does not accept the credentials (HTTP 401), or the program that should provide them failed.',
    byAnswer,
    'Log in again, and try the context with another client',
  ),
  'cluster-identity-conflict': entry(
    'west and east are the same cluster (https://198.51.100.7:6443)',
    'The cluster is not the one that was expected under this name. Two kubeconfig entries may lead to one cluster, or a context leads to another cluster than it did: every remote secret says which cluster it leads to (the UID of its namespace `kube-system`).',
    'The UID of the namespace `kube-system`, compared between the contexts and with what the remote secrets state.',
    remedy`Correct the context. Where a cluster was replaced by a new one of the same name, take it out of the mesh with ${option('clusterLost')} so that the others forget the old one, then apply`,
  ),
  'cluster-unreachable': entry(
    'cluster east: https://198.51.100.7:6443 refuses connections',
    "The cluster's API server could not be reached: address, network, proxy or TLS. The other clusters are not affected.",
    'The connection failed.',
    'Check it with the same context and another client',
  ),
  conflict: entry(
    'objects exist that do not belong to mesh shop; nothing was changed',
    'Another writer owns a field that Isthmus must set, or an object changed between reading and writing it. The message names the field and its owner.',
    byAnswer,
    'Stop the other writer, or leave the field to it',
  ),
  'context-not-found': entry(
    'there is no context prod-east in /home/ann/.kube/config; there are: prod-west, lab',
    'The kubeconfig has no context of this name.',
    'The kubeconfig is read; the hint lists the contexts that it has.',
    'Set `spec.access.context`',
  ),
  'exec-failed': entry(
    'cluster west: pilot-agent in container istio-proxy of Pod shop/cart-1: executable file not found',
    'A program could not be run in a container of a pod through the API server: the container does not have it, or has ended. Without the right to create `pods/exec` it is `access-denied`.',
    byAnswer,
    'Look at the pod: it may have been replaced',
  ),
  'immutable-field': entry(
    'Kubernetes does not let these fields be changed, and nothing is deleted to recreate it; nothing was changed',
    "The mesh wants a field of an object to be another one, and Kubernetes does not let that field be changed: the selector of a Deployment, for instance, which holds the gateway's network. Isthmus never deletes an object to recreate it: a load balancer would lose its address, and for a moment nothing would answer.",
    'A trial of the update before the first write, so nothing was changed.',
    remedy`When that is acceptable, delete the object with the command that the hint shows, then ${repeat()}`,
  ),
  'invalid-kubeconfig': entry(
    'context prod-east in /home/ann/.kube/config names a cluster that is not there',
    'The kubeconfig cannot be understood: it is no YAML, or a cluster, user or certificate it refers to is missing. The message names the entry and never its contents.',
    'The kubeconfig is read.',
    'Correct the entry',
  ),
  'kubernetes-error': entry(
    'cluster west: cannot apply Gateway istio-system/cross-network-gateway: admission webhook "validation.istio.io" denied the request',
    'The API server refused a request for a reason of its own, which the message repeats: an invalid object, an admission webhook, a quota.',
    byAnswer,
    'Correct what the message names',
  ),
  'lock-held': entry(
    'cluster west: Lease isthmus-system/mesh-shop is held by ann@laptop/4711 until 2026-11-21T08:00:15Z',
    'Another run of Isthmus is at work on this mesh and holds its Lease.',
    'The Lease in the home cluster.',
    'Wait for it; the Lease of a run that died expires by itself within seconds',
  ),
  'not-found': entry(
    'cluster east: Pod istio-system/istiod-7d6f does not exist',
    'An object or a kind that the operation needs is not in the cluster.',
    byAnswer,
    'Look whether the object was deleted, or the kind is not installed',
  ),
  'port-forward-failed': entry(
    'cluster east: port 15014 of Pod istio-system/istiod-7d6f: the connection was closed',
    'The connection to a pod through the API server could not be opened or broke. The pod may have restarted, or the account lacks the right to `pods/portforward`.',
    'The connection failed.',
    remedy`${repeat()}; check the right to create \`pods/portforward\``,
  ),
  'unexpected-response': entry(
    'cluster east: https://198.51.100.7:6443 is not a Kubernetes API server',
    'A server answered with something that is not what its API promises, often because a proxy or a login page stands in between.',
    byAnswer,
    'Correct the server address in the kubeconfig, or the proxy',
  ),
} as const satisfies Partial<Record<ErrorCode, CatalogEntry>>;
