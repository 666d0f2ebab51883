import type { Clock } from '../../base/clock.ts';
import { timeOf } from '../../base/clock.ts';
import type { Finding } from '../../base/finding.ts';
import { adoptionFindings } from '../../diagnose/checks/adoption/adoption.ts';
import type { AdoptionWish } from '../../istio/adoption.ts';
import { clusterLocalSettings } from '../../istio/mesh-service.ts';
import type { KubeClient } from '../../kube/client.ts';
import { type Installed, readInstalled } from '../../observe/installed.ts';
import type { WebCrypto } from '../../pki/environment.ts';
import { meshNetworksOf } from '../../plan/desired.ts';
import type { ResolvedMesh } from '../../topology/resolved-mesh.ts';
import type { ClusterTopology } from '../../topology/topology.ts';
import { needsIssuer } from '../../trust/adopted-root.ts';

/** What taking an installed Istio into the mesh means for a cluster. */
export interface Adoption {
  /** What the mesh needs there besides what is there. */
  readonly topology: ClusterTopology;
  readonly findings: readonly Finding[];
}

/** The mesh that a cluster is to be part of, and what reading it takes. */
export interface AdoptionQuestion {
  readonly mesh: ResolvedMesh;
  readonly clock: Clock;
  readonly crypto: WebCrypto;
  readonly signal: AbortSignal;
}

/** Looks at the Istio that a cluster has, where Isthmus does not bring its own. */
export async function readAdoption(
  topology: ClusterTopology,
  client: KubeClient,
  { mesh, clock, crypto, signal }: AdoptionQuestion,
): Promise<Adoption> {
  if (topology.istio !== 'Installed') return { topology, findings: [] };
  const found = await readInstalled(client, { mesh: mesh.name, crypto, signal });
  return {
    topology: withoutTheirs(topology, found),
    findings: adoptionFindings(wishOf(mesh, topology), found.istio, timeOf(clock)),
  };
}

/** A gateway or an exposure that is there already serves the mesh too; two would conflict. */
function withoutTheirs(topology: ClusterTopology, { istio, isExposed }: Installed): ClusterTopology {
  const hasGateway = istio.gateways.length > 0 && topology.remotes.length === 0;
  return {
    ...topology,
    gateway: hasGateway ? 'None' : topology.gateway,
    exposure: isExposed ? 'None' : topology.exposure,
  };
}

function issuerOf({ declared, topology }: ResolvedMesh): AdoptionWish['issuer'] {
  if (declared.mesh.spec.trust.issuer.generated === undefined) return 'Theirs';
  return needsIssuer(topology) ? 'Generated' : 'None';
}

function wishOf(resolved: ResolvedMesh, topology: ClusterTopology): AdoptionWish {
  const { declared } = resolved;
  const { mesh, services } = declared;
  const { cluster, name, network, revision, spansNetworks, remotes, peers } = topology;
  return {
    cluster: name,
    context: cluster.spec.access.context ?? name,
    network,
    mesh: mesh.metadata.name,
    trustDomain: mesh.spec.trust.domain,
    version: topology.version,
    revision,
    issuer: issuerOf(resolved),
    revisionIsChosen: (cluster.spec.istio?.revision ?? mesh.spec.istio.revision) !== undefined,
    spansNetworks,
    servesRemotes: remotes.length > 0,
    peers,
    meshNetworks: meshNetworksOf(declared, topology),
    serviceSettings: clusterLocalSettings(services),
  };
}
