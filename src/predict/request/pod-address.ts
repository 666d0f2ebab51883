import { proxyOf } from '../../discovery/values/proxy.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import type { Caller } from '../world/caller.ts';
import { addressesOf, podsOf } from '../world/pods.ts';

const networkLabel = 'topology.istio.io/network';

/** What is certain all the same of a request that a sidecar passes on to an address, as a sentence; '' where no pod has it. */
export function certainOfAddress(snapshot: Snapshot, { cluster: from, proxy }: Caller, address: string): string {
  const found = [...podsOf(snapshot)].flatMap(([cluster, pods]) =>
    pods.filter((pod) => addressesOf(pod).includes(address)).map((pod) => ({ cluster, pod })),
  );
  // Networks may give an address twice; what has it in the caller's cluster is meant.
  const [first] = [...found.filter(({ cluster }) => cluster === from), ...found];
  if (first === undefined) return '';
  const { cluster, pod } = first;
  const { namespace = '', name, labels = {} } = pod.metadata;
  const network = labels[networkLabel] ?? proxyOf(cluster, pod)?.network ?? '';
  const who = ` ${address} is Pod ${namespace}/${name} of ${cluster}`;
  const own = proxy.network;
  const isNear = own === '' || network === '' || own === network;
  const isConnected = snapshot.connected?.some((pair) => pair.includes(own) && pair.includes(network)) === true;
  if (isNear || isConnected) return `${who}: it gets the request without mutual TLS of the mesh.`;
  return `${who}, in network ${network}: pods of network ${own} do not reach it without a gateway, and no gateway takes the address of a pod.`;
}
