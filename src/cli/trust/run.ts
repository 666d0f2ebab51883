import type { ClusterName } from '../../api/name.ts';
import { asIsthmusError } from '../../base/error.ts';
import { systemClock } from '../../base/system-clock.ts';
import { readIssuerFiles } from '../../engine/issuer-files.ts';
import { loadMesh, type MeshSource, sourceFlags } from '../../engine/mesh-file.ts';
import { chosenClusters, openMeshFleet, splitFleet } from '../../engine/mesh-fleet.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { DeclaredMesh } from '../../mesh/declared.ts';
import { secretTexts } from '../../observe/secret.ts';
import { issuerTextsOf } from '../../pki/stored.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import { type ReadTrustOptions, readMeshTrust } from '../../trust/read-trust.ts';
import { issuerSecretOf } from '../../trust/trust-secrets.ts';
import { type CliContext, exitCodes } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-code.ts';
import type { TrustFlags } from '../shell/flags.ts';
import type { Terminal } from '../shell/terminal.ts';
import { trustText } from './text.ts';

/** Sidecars that are asked in each cluster without --all: enough to notice what concerns many. */
const sampledSidecars = 5;

export async function runTrust(context: CliContext, flags: TrustFlags, terminal: Terminal): Promise<ExitCode> {
  const declared = await loadMesh(flags, context, terminal);
  const wanted = chosenClusters(declared, flags.clusters);
  await using fleet = await openMeshFleet(declared, context);
  const { clients, failures } = splitFleet(fleet);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(flags.timeout)]);
  const report = await readMeshTrust({
    mesh: resolveMesh(declared),
    wanted,
    clients,
    failures,
    issuer: await readIssuer(declared, flags, { clients, signal }),
    sidecars: flags.all === true ? Number.POSITIVE_INFINITY : sampledSidecars,
    source: sourceFlags(flags),
    environment: { crypto: globalThis.crypto, now: systemClock.now() },
    signal,
  });
  terminal.stdout(
    flags.output === 'json'
      ? `${JSON.stringify(report, null, 2)}\n`
      : trustText(report, { source: sourceFlags(flags), color: terminal.color }),
  );
  return report.ok ? exitCodes.done : exitCodes.answerIsNo;
}

interface IssuerReading {
  readonly clients: ReadonlyMap<ClusterName, KubeClient>;
  readonly signal: AbortSignal;
}

/** The issuer's certificates. Where they cannot be read from here the clusters' own chains tell as much. */
async function readIssuer(
  declared: DeclaredMesh,
  source: MeshSource,
  { clients, signal }: IssuerReading,
): Promise<ReadTrustOptions['issuer']> {
  const ref = issuerSecretOf(declared);
  try {
    if (ref === undefined) return await readIssuerFiles(declared, source);
    const data = secretTexts(await clients.get(declared.home.metadata.name)?.get(ref, { signal }));
    return data === undefined ? undefined : issuerTextsOf(data);
  } catch (error) {
    signal.throwIfAborted();
    const { code } = asIsthmusError(error);
    if (code === 'internal') throw error;
    return undefined;
  }
}
