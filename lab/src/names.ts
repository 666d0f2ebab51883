import { IsthmusError } from '../../src/base/error.ts';

/** A lab's name goes into a link name of 15 characters at most, after "il-". */
const labPattern = /^[a-z][a-z0-9-]{0,10}[a-z0-9]$|^[a-z]$/;
/** Cluster and network names: a DNS label, short enough for the paths of Unix sockets. */
const labelPattern = /^[a-z]([a-z0-9-]{0,22}[a-z0-9])?$/;

/** The name of a lab where none is given. */
export const defaultLabName = 'lab';

export interface ClusterRequest {
  readonly name: string;
  /** Clusters of one network reach each other's pods directly. */
  readonly network: string;
}

/** The lab's name, or a usage error that says what a name may look like. */
export function parseLabName(text: string): string {
  if (labPattern.test(text)) return text;
  throw new IsthmusError('usage', `"${text}" cannot be a lab's name`, {
    remedy: 'use 1 to 12 lower-case letters, digits and dashes, a letter first',
  });
}

/** `NAME:NETWORK`; the network may be left out and is then called like the cluster. */
export function parseClusterRequest(text: string): ClusterRequest {
  const [name = '', network = name, ...rest] = text.split(':');
  if (rest.length === 0 && labelPattern.test(name) && labelPattern.test(network)) return { name, network };
  throw new IsthmusError('usage', `"${text}" does not describe a cluster`, {
    remedy: 'write NAME:NETWORK, for example west:us, each of at most 24 lower-case letters, digits and dashes',
  });
}

/** The clusters of a lab: at least one, at most 31 (one WAN address each), no name twice. */
export function checkClusters(requests: readonly ClusterRequest[]): readonly ClusterRequest[] {
  if (requests.length === 0) {
    throw new IsthmusError('usage', 'no cluster was named', { remedy: 'npx --no lab up west:us east:eu' });
  }
  if (requests.length > 31) throw new IsthmusError('usage', `a lab has at most 31 clusters, not ${requests.length}`);
  for (const request of requests) parseClusterRequest(`${request.name}:${request.network}`);
  const names = requests.map((request) => request.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new IsthmusError('usage', `the cluster ${twice} is named twice`);
  return requests;
}
