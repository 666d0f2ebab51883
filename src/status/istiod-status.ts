import type { ClusterName } from '../api/name.ts';
import type { ClusterFacts, ControlPlaneFacts } from '../diagnose/facts/status.ts';
import { selfSignedSecret } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { meshLabel } from '../objects/ownership.ts';
import { readControlPlanes } from '../observe/control-plane.ts';
import type { IstiodPlace } from '../observe/istiod.ts';
import { secretTexts } from '../observe/secret.ts';
import { rolloutOf } from '../observe/workload.ts';
import { signingTexts } from '../pki/bundle.ts';
import { certificatesOf, fingerprintOf } from '../pki/certificate.ts';
import { renewalTime } from '../pki/check.ts';
import type { WebCrypto } from '../pki/environment.ts';
import { type ClusterTopology, istiodHost } from '../topology/topology.ts';

export interface IstiodStatus {
  readonly istiod: ControlPlaneFacts;
  /** The mesh that the label of its istiods names; undefined where none has the label. */
  readonly holds: string | undefined;
}

export interface IstiodOptions {
  readonly crypto: WebCrypto;
  readonly signal: AbortSignal;
  /** The clusters that answered: the istiod of a cluster may run in another one. */
  readonly clientOf: (cluster: ClusterName) => KubeClient | undefined;
}

const secret = { apiVersion: 'v1', kind: 'Secret' } as const;

/** The Deployment of the istiod that serves a cluster. */
export async function readIstiodStatus(
  topology: ClusterTopology,
  place: IstiodPlace,
  signal: AbortSignal,
): Promise<IstiodStatus> {
  const planes = await readControlPlanes(place, signal);
  const found = planes.find(({ revision }) => revision === topology.revision);
  const holds = planes.flatMap(({ deployment }) => deployment.metadata.labels?.[meshLabel] ?? [])[0];
  const rollout = rolloutOf(found?.deployment);
  return { istiod: { ...rollout, version: found?.version, runsIn: istiodHost(topology) }, holds };
}

/**
 * The intermediate with which the istiods of a place sign, or, where they sign alone, the CA that they made for themselves;
 * undefined where there is none.
 */
export async function readIntermediate(
  place: IstiodPlace,
  { signer }: Pick<ClusterTopology, 'signer'>,
  options: Pick<IstiodOptions, 'crypto' | 'signal'>,
): Promise<Exclude<ClusterFacts['certificate'], null>> {
  const held = await place.client.get(
    { ...secret, namespace: place.namespace, name: 'cacerts' },
    { signal: options.signal },
  );
  if (held === undefined && signer === 'Alone') return await readSelfMade(place, options);
  return await intermediateIn(held, options);
}

async function readSelfMade(
  { client, namespace }: IstiodPlace,
  { crypto, signal }: Pick<IstiodOptions, 'crypto' | 'signal'>,
): Promise<Exclude<ClusterFacts['certificate'], null>> {
  const own = await client.get({ ...secret, namespace, name: selfSignedSecret }, { signal });
  const [ca] = certificatesOf(secretTexts(own)?.['ca-cert.pem']);
  if (ca === undefined) return undefined;
  const notAfter = new Date(ca.notAfter).toISOString();
  return { notAfter, rootFingerprint: await fingerprintOf(crypto, ca), isTheirs: true };
}

async function intermediateIn(
  held: KubeObject | undefined,
  { crypto }: Pick<IstiodOptions, 'crypto'>,
): Promise<Exclude<ClusterFacts['certificate'], null>> {
  const texts = secretTexts(held);
  const signing = signingTexts(texts ?? {});
  const [certificate] = certificatesOf(signing.certificate);
  const [root] = certificatesOf(signing.root);
  if (certificate === undefined || root === undefined) return undefined;
  const isTheirs = held?.metadata.labels?.[meshLabel] === undefined;
  return {
    notAfter: new Date(certificate.notAfter).toISOString(),
    rootFingerprint: await fingerprintOf(crypto, root),
    isTheirs,
    ...(isTheirs ? {} : { renewAt: new Date(renewalTime(certificate)).toISOString() }),
  };
}
