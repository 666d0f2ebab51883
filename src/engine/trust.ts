import type { ClusterName } from '../api/name.ts';
import { asIsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { secretTexts } from '../observe/secret.ts';
import { issuerTextsOf } from '../pki/stored.ts';
import type { TrustReport } from '../report/trust.ts';
import { type ReadTrustOptions, readMeshTrust } from '../trust/read-trust.ts';
import { issuerSecretOf } from '../trust/trust-secrets.ts';
import { readIssuerFiles } from './issuer-files.ts';
import { limitedSignal, timeoutOf } from './limits.ts';
import { splitFleet } from './mesh-fleet.ts';
import { openClusters } from './open-clusters.ts';
import type { TrustOptions } from './options.ts';
import { trustReport } from './reporting/trust.ts';
import { chosenClusters, liveMeshOf, type SessionState } from './session.ts';

/** Sidecars that are asked in each cluster of a sample: enough to notice what concerns many. */
const sampledSidecars = 5;

/** Who signs what until when, and what running proxies really trust and present. */
export async function trustUseCase(state: SessionState, options: TrustOptions): Promise<TrustReport> {
  const { ports, source } = state;
  const mesh = liveMeshOf(state);
  const wanted = chosenClusters(mesh, options.clusters);
  await using fleet = await openClusters(state, mesh, { operation: 'trust', carries: 'NoKeys' });
  const { clients, failures } = splitFleet(fleet);
  const signal = limitedSignal(ports, timeoutOf(options));
  const report = await readMeshTrust({
    mesh,
    wanted,
    clients,
    failures,
    ...(await readIssuer(mesh.declared, source.folder, { clients, signal })),
    sidecars: options.sidecars === 'All' ? Number.POSITIVE_INFINITY : sampledSidecars,
    environment: { crypto: ports.crypto, now: ports.clock.now() },
    signal,
  });
  return trustReport(report);
}

interface IssuerReading {
  readonly clients: ReadonlyMap<ClusterName, KubeClient>;
  readonly signal: AbortSignal;
}

/** The issuer's certificates. Where their files are on another machine, the clusters' own chains tell as much. */
async function readIssuer(
  declared: DeclaredMesh,
  folder: string,
  { clients, signal }: IssuerReading,
): Promise<Pick<ReadTrustOptions, 'issuer' | 'issuerError'>> {
  const ref = issuerSecretOf(declared);
  try {
    if (ref === undefined) return { issuer: await readIssuerFiles(declared, folder) };
    const data = secretTexts(await clients.get(declared.home.metadata.name)?.get(ref, { signal }));
    return { issuer: data === undefined ? undefined : issuerTextsOf(data) };
  } catch (thrown) {
    signal.throwIfAborted();
    const error = asIsthmusError(thrown);
    if (error.code === 'internal') throw thrown;
    return { issuer: undefined, issuerError: ref === undefined ? undefined : error };
  }
}
