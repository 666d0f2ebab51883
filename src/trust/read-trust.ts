import type { ClusterName } from '../api/name.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { type Finding, type Verdict, verdictOf } from '../base/finding.ts';
import { meshFindings } from '../diagnose/checks/cluster/mesh-differs.ts';
import { holderUnread, issuerFindings, issuerUnread, trustFindings, trustUnread } from '../diagnose/checks/trust.ts';
import { isSameSet } from '../diagnose/checks/trust-given-out.ts';
import { signsWith } from '../diagnose/checks/trust-istiod.ts';
import type { ExpectedTrust, TrustFacts } from '../diagnose/facts/trust.ts';
import { istioNamespace } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { type Certificate, certificatesOf, fingerprintOf } from '../pki/certificate.ts';
import type { PkiEnvironment } from '../pki/environment.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import type { ClusterTopology } from '../topology/topology.ts';
import { expectedTrust } from './expected-trust.ts';
import { readTrustFacts } from './facts.ts';
import { relationsOf } from './relations.ts';
import {
  type CertificateView,
  type ClusterTrust,
  type MeshTrustReport,
  type ProxyTrust,
  type ReachableTrust,
  viewOf,
} from './report.ts';

export interface ReadTrustOptions {
  readonly mesh: ResolvedMesh;
  /** The clusters to look at. */
  readonly wanted: readonly ClusterName[];
  readonly clients: ReadonlyMap<ClusterName, KubeClient>;
  readonly failures: ReadonlyMap<ClusterName, IsthmusError>;
  /** PEM of the issuer and its root, where they can be read here; else the clusters' chains tell. */
  readonly issuer: { readonly certificate: string; readonly root: string } | undefined;
  /** Why the Secret of the issuer could not be read. */
  readonly issuerError?: IsthmusError | undefined;
  /** Sidecars that are asked in each cluster. */
  readonly sidecars: number;
  readonly environment: PkiEnvironment;
  readonly signal: AbortSignal;
}

/** Reads what the clusters hold, sign with, give out, trust and present now. Nothing is taken from an earlier run. */
export async function readMeshTrust(options: ReadTrustOptions): Promise<MeshTrustReport> {
  const { mesh, wanted, environment } = options;
  const topology = mesh.topology.clusters.filter(({ name }) => wanted.includes(name));
  const readings = await Promise.all(topology.map((cluster) => read(cluster, options)));
  const reached = readings.flatMap((reading) => ('facts' in reading ? [reading.facts] : []));
  const issuer =
    certificatesOf(options.issuer?.certificate)[0] ?? reached.flatMap(({ bundle }) => bundle?.issuers[0] ?? [])[0];
  const expected = await expectedTrust(reached, options);
  const readAt = new Date(environment.now).toISOString();
  const findings = [
    ...readings.flatMap((reading) => ('error' in reading ? [trustUnread(reading.cluster, reading.error, readAt)] : [])),
    ...reached.flatMap(({ topology: { name: cluster }, holds, holdsError }) =>
      holdsError === undefined
        ? meshFindings({ cluster, holds, mesh: mesh.name }, { at: readAt })
        : [holderUnread(cluster, holdsError, readAt)],
    ),
    ...(options.issuerError === undefined ? [] : [issuerUnread(mesh.home, options.issuerError, readAt)]),
    ...issuerFindings(issuer, environment.now),
    ...(await Promise.all(reached.map((facts) => trustFindings(facts, expected, environment)))).flat(),
  ];
  return {
    mesh: mesh.name,
    readAt,
    verdict: trustVerdict(findings),
    trustDomain: expected.trustDomain,
    roots: await viewsOf(environment, expected.roots),
    issuer: issuer === undefined ? undefined : await viewOf(environment, issuer),
    clusters: await Promise.all(
      readings.map((reading) => ('facts' in reading ? reportOf(reading.facts, expected, environment) : reading)),
    ),
    relations: await relationsOf(environment.crypto, reached),
    findings,
  };
}

/** Warnings are about what is not wrong yet. */
function trustVerdict(findings: readonly Finding[]): Verdict {
  return verdictOf(findings.filter(({ severity }) => severity === 'error'));
}

type Reading = { readonly facts: TrustFacts } | Exclude<ClusterTrust, ReachableTrust>;

async function read(topology: ClusterTopology, options: ReadTrustOptions): Promise<Reading> {
  const { clients, failures, sidecars, signal } = options;
  const { name: cluster, network } = topology;
  const client = clients.get(cluster);
  try {
    if (client === undefined)
      throw failures.get(cluster) ?? new IsthmusError('internal', `cluster ${cluster} was not opened`, { cluster });
    const clientOf = (name: ClusterName): KubeClient | undefined => clients.get(name);
    return { facts: await readTrustFacts(topology, client, { clientOf, sidecars, signal }) };
  } catch (thrown) {
    signal.throwIfAborted();
    return { cluster, network, reachable: false, error: asIsthmusError(thrown) };
  }
}

async function reportOf(
  facts: TrustFacts,
  expected: ExpectedTrust,
  environment: PkiEnvironment,
): Promise<ReachableTrust> {
  const { crypto } = environment;
  const { topology, bundle, istiods, distributed, proxies } = facts;
  const fingerprints = (some: readonly Certificate[]): Promise<readonly string[]> =>
    Promise.all(some.map((one) => fingerprintOf(crypto, one)));
  return {
    cluster: topology.name,
    network: topology.network,
    reachable: true,
    ...(facts.bundleError === undefined ? {} : { bundleUnread: true as const }),
    intermediate: bundle?.intermediate === undefined ? undefined : await viewOf(environment, bundle.intermediate),
    issuers: await viewsOf(environment, bundle?.issuers ?? []),
    roots: await viewsOf(environment, bundle?.roots ?? []),
    istiods: await Promise.all(
      istiods.map(async (istiod) => ({
        pod: istiod.pod,
        startedAt: istiod.startedAt,
        signsWith: await signsWith(crypto, istiod, facts, expected.roots),
        presents: await fingerprints(istiod.chain),
      })),
    ),
    distributed: {
      namespaces: distributed.size,
      roots: await fingerprints(distributed.get(istioNamespace) ?? []),
      differing: [...distributed].flatMap(([namespace, held]) => (isSameSet(held, expected.roots) ? [] : [namespace])),
    },
    proxies: {
      total: proxies.total,
      asked: await Promise.all(
        proxies.asked.map(async ({ pod: { namespace, name, type }, certificates, error }): Promise<ProxyTrust> => {
          const [leaf, signer] = certificates?.presents ?? [];
          return {
            namespace,
            pod: name,
            type,
            trusts: await fingerprints(certificates?.trusts ?? []),
            identity: leaf?.uris[0],
            notAfter: leaf === undefined ? undefined : new Date(leaf.notAfter).toISOString(),
            signer: signer === undefined ? undefined : await fingerprintOf(crypto, signer),
            ...(error === undefined ? {} : { error: error.message }),
          };
        }),
      ),
    },
  };
}

async function viewsOf(environment: PkiEnvironment, some: readonly Certificate[]): Promise<readonly CertificateView[]> {
  return await Promise.all(some.map((one) => viewOf(environment, one)));
}
