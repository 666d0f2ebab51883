import { IsthmusError } from '../../base/error.ts';
import { type AdoptionProblem, adoptionProblems } from '../../istio/adoption.ts';
import { clusterLocalSettings } from '../../istio/mesh-service.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { DeclaredMesh } from '../../mesh/declared.ts';
import { type Installed, readInstalled } from '../../observe/installed.ts';
import type { WebCrypto } from '../../pki/environment.ts';
import { meshNetworksOf } from '../../plan/desired.ts';
import type { ClusterTopology } from '../../topology/topology.ts';
import { isChosen, type Scope } from '../options.ts';
import type { Prepared } from './prepare.ts';

/** What taking an installed Istio into the mesh means for a cluster. */
export interface Adoption {
  /** What the mesh needs there besides what is there. */
  readonly topology: ClusterTopology;
  readonly problems: readonly AdoptionProblem[];
}

/** The mesh that a cluster is to be part of, and what reading it takes. */
export interface AdoptionQuestion {
  readonly declared: DeclaredMesh;
  readonly crypto: WebCrypto;
  readonly signal: AbortSignal;
}

/** Looks at the Istio that a cluster has, where Isthmus does not bring its own. */
export async function readAdoption(
  topology: ClusterTopology,
  client: KubeClient,
  { declared, crypto, signal }: AdoptionQuestion,
): Promise<Adoption> {
  if (topology.istio !== 'Installed') return { topology, problems: [] };
  const found = await readInstalled(client, { mesh: declared.mesh.metadata.name, crypto, signal });
  return {
    topology: withoutTheirs(topology, found),
    problems: adoptionProblems(wishOf(declared, topology), found.istio),
  };
}

/** A gateway or an exposure that is there already serves the mesh too; two would stand against each other. */
function withoutTheirs(topology: ClusterTopology, { istio, isExposed }: Installed): ClusterTopology {
  const hasGateway = istio.gateways.length > 0 && topology.remotes.length === 0;
  return {
    ...topology,
    gateway: hasGateway ? 'None' : topology.gateway,
    exposure: isExposed ? 'None' : topology.exposure,
  };
}

function wishOf(declared: DeclaredMesh, topology: ClusterTopology): Parameters<typeof adoptionProblems>[0] {
  const { mesh, services } = declared;
  const { cluster, name, network, revision, spansNetworks, remotes, peers } = topology;
  return {
    cluster: name,
    context: cluster.spec.access.context ?? name,
    network,
    mesh: mesh.metadata.name,
    trustDomain: mesh.spec.trust.domain,
    version: mesh.spec.istio.version,
    revision,
    revisionIsChosen: (cluster.spec.istio?.revision ?? mesh.spec.istio.revision) !== undefined,
    spansNetworks,
    servesRemotes: remotes.length > 0,
    peers,
    meshNetworks: meshNetworksOf(declared, topology),
    serviceSettings: clusterLocalSettings(services),
  };
}

/** What is worth knowing of the adopted clusters and stops nothing. */
export function adoptionNotices(
  prepared: readonly Prepared[],
): readonly { cluster: Prepared['topology']['name']; message: string }[] {
  return prepared.flatMap(({ topology, adoption }) =>
    (adoption?.problems ?? [])
      .filter(({ severity }) => severity === 'warning')
      .map(({ message, fix }) => ({ cluster: topology.name, message: `${message} (${fix})` })),
  );
}

/**
 * Throws `adoption-refused` where an Istio that a chosen cluster has does not fit the mesh, with everything that does not
 * and how it is put right. `trust` is what else was found wrong, with the certificates, so that all is said at once.
 */
export function refuseMisfits(prepared: readonly Prepared[], options: Pick<Scope, 'only'>, trust?: IsthmusError): void {
  const misfits = prepared.flatMap(({ topology: { name }, adoption }) =>
    isChosen(name, options)
      ? (adoption?.problems ?? [])
          .filter(({ severity }) => severity === 'error')
          .map(({ message, fix }) => `${name}: ${message}\n    ${fix}`)
      : [],
  );
  if (misfits.length === 0) return;
  const also =
    trust === undefined ? '' : `\n  ${trust.message}${trust.remedy === undefined ? '' : `\n    ${trust.remedy}`}`;
  throw new IsthmusError(
    'adoption-refused',
    `the Istio that is installed does not fit the mesh; nothing was changed\n  ${misfits.join('\n  ')}${also}`,
    {
      cause: trust,
      remedy:
        'Isthmus does not change an Istio that it did not install: run these commands with the settings that it was installed with (several --set fit in one), restart the workloads, and run apply again',
    },
  );
}
