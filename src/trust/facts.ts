import type { ClusterName } from '../api/name.ts';
import { mapConcurrent } from '../base/concurrency.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { isJsonObject } from '../base/json.ts';
import type { AskedProxy, HeldBundle, TrustFacts } from '../diagnose/facts/trust.ts';
import { istioNamespace, selfSignedSecret } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { meshLabel } from '../objects/ownership.ts';
import { mapsOfIstiod, rootsConfigMap } from '../objects/roots-map.ts';
import { readControlPlanes } from '../observe/control-plane.ts';
import { type IstiodPlace, istiodPlace } from '../observe/istiod.ts';
import { readIstiodCertificates } from '../observe/istiod-certificate.ts';
import { readProxyCertificates, sampleProxies } from '../observe/proxy-certificate.ts';
import { readProxyPods } from '../observe/proxy-pods.ts';
import { secretTexts } from '../observe/secret.ts';
import { signingTexts } from '../pki/bundle.ts';
import { type Certificate, certificatesOf } from '../pki/certificate.ts';
import { signersIn } from '../pki/renewal.ts';
import { type ClusterTopology, istiodHost } from '../topology/topology.ts';

export interface FactsOptions {
  readonly clientOf: (cluster: ClusterName) => KubeClient | undefined;
  /** Sidecars that are asked in each cluster; every gateway is. */
  readonly sidecars: number;
  readonly signal: AbortSignal;
}

/** Proxies of one cluster that are asked at a time: each costs a connection through the API server. */
const inFlight = 8;

/** Reads what a cluster holds, what its istiods sign with and what its proxies trust. */
export async function readTrustFacts(
  topology: ClusterTopology,
  client: KubeClient,
  options: FactsOptions,
): Promise<TrustFacts> {
  const place = istiodPlace(topology, options.clientOf);
  const [holder, bundle, selfSigned, istiods, distributed, proxies] = await Promise.all([
    place === undefined ? { holds: undefined } : readHolder(place, options.signal),
    readBundle(place, topology, options.signal),
    place === undefined ? undefined : readSelfSigned(place, options.signal).catch(() => undefined),
    place === undefined ? { istiods: [], istiodError: undefined } : readIstiods(place, options.signal),
    readDistributed(client, options.signal),
    readProxies(client, options),
  ]);
  options.signal.throwIfAborted();
  return { topology, ...holder, ...bundle, selfSigned, ...istiods, ...distributed, proxies };
}

/** The mesh that the istiods of a place belong to, by their label. */
async function readHolder(place: IstiodPlace, signal: AbortSignal): Promise<Pick<TrustFacts, 'holds' | 'holdsError'>> {
  try {
    const planes = await readControlPlanes(place, signal);
    return { holds: planes.flatMap(({ deployment }) => deployment.metadata.labels?.[meshLabel] ?? [])[0] };
  } catch (error) {
    signal.throwIfAborted();
    return { holds: undefined, holdsError: asIsthmusError(error) };
  }
}

/** The Secret of a place, or why it could not be read. */
async function readBundle(
  place: IstiodPlace | undefined,
  topology: ClusterTopology,
  signal: AbortSignal,
): Promise<Pick<TrustFacts, 'bundle' | 'bundleError'>> {
  if (place === undefined) {
    const host = istiodHost(topology);
    return {
      bundle: undefined,
      bundleError: new IsthmusError('not-found', `${host}, where its istiod runs, was not read`),
    };
  }
  try {
    return { bundle: await readHeld(place, signal), bundleError: undefined };
  } catch (error) {
    signal.throwIfAborted();
    return { bundle: undefined, bundleError: asIsthmusError(error) };
  }
}

async function readHeld({ client, namespace }: IstiodPlace, signal: AbortSignal): Promise<HeldBundle | undefined> {
  const secret = await client.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: 'cacerts' }, { signal });
  const texts = secretTexts(secret);
  if (secret === undefined || texts === undefined) return undefined;
  const { certificate, root } = signingTexts(texts);
  return {
    texts,
    createdAt: createdAt(secret),
    isTheirs: secret.metadata.labels?.[meshLabel] === undefined,
    intermediate: certificatesOf(certificate)[0],
    issuers: signersIn(texts),
    roots: certificatesOf(root),
  };
}

function createdAt({ metadata }: KubeObject): string {
  return typeof metadata.creationTimestamp === 'string' ? metadata.creationTimestamp : '';
}

async function readSelfSigned(
  { client, namespace }: IstiodPlace,
  signal: AbortSignal,
): Promise<Certificate | undefined> {
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name: selfSignedSecret };
  return certificatesOf(secretTexts(await client.get(ref, { signal }))?.['ca-cert.pem'])[0];
}

async function readIstiods(
  place: IstiodPlace,
  signal: AbortSignal,
): Promise<Pick<TrustFacts, 'istiods' | 'istiodError'>> {
  try {
    return { istiods: await readIstiodCertificates(place, signal), istiodError: undefined };
  } catch (error) {
    signal.throwIfAborted();
    return { istiods: [], istiodError: asIsthmusError(error) };
  }
}

async function readDistributed(
  client: KubeClient,
  signal: AbortSignal,
): Promise<Pick<TrustFacts, 'distributed' | 'distributedByOthers'>> {
  const maps = await client.list(
    { apiVersion: 'v1', kind: 'ConfigMap' },
    { fieldSelector: `metadata.name=${rootsConfigMap}`, signal },
  );
  const rootsOf = (some: readonly KubeObject[]): TrustFacts['distributed'] =>
    new Map(
      some.map(({ metadata: { namespace }, data }) => {
        const text = isJsonObject(data) ? data['root-cert.pem'] : undefined;
        return [namespace ?? istioNamespace, certificatesOf(typeof text === 'string' ? text : undefined)] as const;
      }),
    );
  const own = mapsOfIstiod(maps);
  return {
    distributed: rootsOf(own),
    distributedByOthers: rootsOf(maps.filter((one) => !own.includes(one))),
  };
}

async function readProxies(client: KubeClient, { sidecars, signal }: FactsOptions): Promise<TrustFacts['proxies']> {
  const all = (await readProxyPods(client, signal)).filter(({ isReady }) => isReady);
  const asked = await mapConcurrent(sampleProxies(all, sidecars), inFlight, async (pod): Promise<AskedProxy> => {
    try {
      return { pod, certificates: await readProxyCertificates(client, pod, signal), error: undefined };
    } catch (error) {
      signal.throwIfAborted();
      return { pod, certificates: undefined, error: asIsthmusError(error) };
    }
  });
  return { total: all.length, asked };
}
