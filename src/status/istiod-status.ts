import type { ClusterName } from '../api/name.ts';
import type { ClusterFacts } from '../diagnose/facts/status.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { meshLabel } from '../objects/ownership.ts';
import { readControlPlanes } from '../observe/control-plane.ts';
import { type IstiodPlace, istiodPlace } from '../observe/istiod.ts';
import { secretTexts } from '../observe/secret.ts';
import { rolloutOf } from '../observe/workload.ts';
import { fingerprintOf, parseCertificates } from '../pki/certificate.ts';
import type { WebCrypto } from '../pki/environment.ts';
import { type ClusterTopology, istiodHost } from '../topology/topology.ts';

export type IstiodStatus = ClusterFacts['istiod'] &
  Pick<ClusterFacts, 'certificate'> & {
    /** The mesh that the label of its istiods names; undefined where none has the label. */
    readonly holds: string | undefined;
  };

export interface IstiodOptions {
  readonly crypto: WebCrypto;
  readonly signal: AbortSignal;
  /** The clusters that answered: the istiod of a cluster may run in another one. */
  readonly clientOf: (cluster: ClusterName) => KubeClient | undefined;
}

const secret = { apiVersion: 'v1', kind: 'Secret' } as const;

/** The Deployment that serves the cluster and its intermediate; nothing where they are in a cluster out of reach. */
export async function istiodStatus(topology: ClusterTopology, options: IstiodOptions): Promise<IstiodStatus> {
  const runsIn = istiodHost(topology);
  const nothing = { ...rolloutOf(undefined), version: undefined, runsIn, certificate: undefined, holds: undefined };
  const place = istiodPlace(topology, options.clientOf);
  if (place === undefined) return nothing;
  try {
    return await readIstiod(topology, place, options);
  } catch (error) {
    if (runsIn === topology.name) throw error;
    return nothing;
  }
}

async function readIstiod(
  topology: ClusterTopology,
  place: IstiodPlace,
  options: IstiodOptions,
): Promise<IstiodStatus> {
  const { signal } = options;
  const [planes, caCerts] = await Promise.all([
    readControlPlanes(place, signal),
    place.client.get({ ...secret, namespace: place.namespace, name: 'cacerts' }, { signal }),
  ]);
  const certificate = await certificateStatus(caCerts, options);
  const found = planes.find(({ revision }) => revision === topology.revision);
  const holds = planes.flatMap(({ deployment }) => deployment.metadata.labels?.[meshLabel] ?? [])[0];
  return { ...rolloutOf(found?.deployment), version: found?.version, runsIn: istiodHost(topology), certificate, holds };
}

async function certificateStatus(
  caCerts: KubeObject | undefined,
  { crypto }: IstiodOptions,
): Promise<ClusterFacts['certificate']> {
  const texts = secretTexts(caCerts);
  const [certificate] = parseCertificates(texts?.['ca-cert.pem'] ?? '')?.certificates ?? [];
  const [root] = parseCertificates(texts?.['root-cert.pem'] ?? '')?.certificates ?? [];
  if (certificate === undefined || root === undefined) return undefined;
  return { notAfter: new Date(certificate.notAfter).toISOString(), rootFingerprint: await fingerprintOf(crypto, root) };
}
