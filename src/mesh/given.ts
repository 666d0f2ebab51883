import { apiVersion, type Mesh } from '../api/mesh.ts';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import type { Finding } from '../base/finding.ts';
import { nearMatch } from '../base/near-match.ts';
import { type Action, option, remedy } from '../base/remedy.ts';
import { systemNamespace } from '../objects/ownership.ts';
import { quote, quoteKey } from './check/wording.ts';
import type { DeclaredMesh, MeshReading } from './declared.ts';

/**
 * What the user says besides documents that a cluster keeps. Whoever may write those documents must not choose which of
 * the user's contexts, files and charts are used, so each of them counts only where the user gives the same.
 */
export interface Given {
  /** The context of the home cluster. */
  readonly home: string;
  /** Contexts of the user's own kubeconfig by the names of the clusters that they lead to. */
  readonly contexts?: Readonly<Record<string, string>> | undefined;
  /** Kubeconfig paths, Secrets, chart sources and issuer files that the documents may name. */
  readonly accept?: readonly string[] | undefined;
  /** `ByCaller`: the caller connects to each cluster itself, and no access is looked at. Default `AsDeclared`. */
  readonly connects?: 'AsDeclared' | 'ByCaller' | undefined;
}

/**
 * Documents of a cluster with the user's word in the place of theirs, or a finding for each value that lacks it. The
 * access of the home cluster is the context by which its documents were read.
 */
export function withGiven(declared: DeclaredMesh, given: Given): MeshReading {
  const accepted = new Set(given.accept ?? []);
  const contexts = new Map(Object.entries(given.contexts ?? {}));
  const home = declared.home.metadata.name;
  if (!contexts.has(home)) contexts.set(home, given.home);
  const ofMesh = meshFindings(declared.mesh, accepted);
  const strange = undeclaredNames(declared, contexts);
  if (given.connects === 'ByCaller') return reading(declared, [...strange, ...ofMesh]);
  const clusters = declared.clusters.map((cluster) => reached(cluster, { contexts, accepted }));
  const findings = [...strange, ...ofMesh, ...clusters.flatMap((cluster) => cluster.findings)];
  const reachable = clusters.map(({ cluster }) => cluster);
  return reading(
    {
      ...declared,
      clusters: reachable,
      home: reachable.find(({ metadata }) => metadata.name === home) ?? declared.home,
      keptAccess: new Map(declared.clusters.map(({ metadata, spec }) => [metadata.name, spec.access])),
    },
    findings,
  );
}

function reading(declared: DeclaredMesh, findings: readonly Finding[]): MeshReading {
  return findings.length > 0 ? { findings } : { declared, findings };
}

interface Words {
  readonly contexts: ReadonlyMap<string, string>;
  readonly accepted: ReadonlySet<string>;
}

interface Reached {
  readonly cluster: MeshCluster;
  readonly findings: readonly Finding[];
}

/** A cluster with the access that the user has given. A context without a kubeconfig is one of the user's own. */
function reached(cluster: MeshCluster, { contexts, accepted }: Words): Reached {
  const { name } = cluster.metadata;
  const { kubeconfig, secret, inCluster, context: named } = cluster.spec.access;
  const context = contexts.get(name);
  const isAccepted = kubeconfig !== undefined && accepted.has(kubeconfig);
  const findings: Finding[] = [];
  if (context !== undefined) {
    const access = { context, ...(isAccepted ? { kubeconfig } : {}) };
    return { cluster: { ...cluster, spec: { ...cluster.spec, access } }, findings };
  }
  if (secret !== undefined) {
    if (!accepted.has(secret)) findings.push(unaccepted(cluster, { field: 'spec.access.secret', value: secret }));
  } else if (inCluster !== undefined) {
    const field = 'spec.access.inCluster';
    if (!accepted.has('inCluster')) findings.push(unaccepted(cluster, { field, value: 'inCluster' }));
  } else {
    findings.push(contextNotGiven(cluster, named ?? name));
    if (kubeconfig !== undefined && !isAccepted) {
      findings.push(unaccepted(cluster, { field: 'spec.access.kubeconfig', value: kubeconfig }));
    }
  }
  return { cluster, findings };
}

/** Without a context of its own a document chooses the one that is named like its cluster. */
function contextNotGiven(cluster: MeshCluster, context: string): Finding {
  const { name } = cluster.metadata;
  const isNamed = cluster.spec.access.context !== undefined;
  const value = { field: 'spec.access.context', value: context };
  const says = isNamed ? `is ${quote(context)}` : `is left out and so is the cluster's name, ${quote(context)}`;
  return notGiven(cluster, { ...value, says, flag: option('context', `${name}=${context}`) });
}

interface Value {
  readonly field: string;
  readonly value: string;
}

function unaccepted(document: Mesh | MeshCluster, { field, value }: Value): Finding {
  return notGiven(document, { field, value, says: `is ${quote(value)}`, flag: option('accept', value) });
}

interface Refused extends Value {
  readonly says: string;
  readonly flag: Action;
}

function notGiven({ kind, metadata: { name } }: Mesh | MeshCluster, { field, says, flag }: Refused): Finding {
  return {
    code: 'value-not-given',
    severity: 'error',
    message: `${kind} ${quoteKey(name)} of the home cluster: ${field} ${says}, and it counts only where you give the same`,
    remedy: remedy`if that is what you mean, add ${flag}`,
    at: { apiVersion, kind, namespace: systemNamespace, name, field },
  };
}

/** What the Mesh would read from this machine, or have fetched and applied everywhere. */
function meshFindings(mesh: Mesh, accepted: ReadonlySet<string>): readonly Finding[] {
  const { istio, trust } = mesh.spec;
  const files = trust.issuer.files;
  const values: Value[] = [
    ...(istio.charts === undefined ? [] : [{ field: 'spec.istio.charts', value: istio.charts }]),
    ...Object.entries(files ?? {}).map(([key, value]) => ({ field: `spec.trust.issuer.files.${key}`, value })),
  ];
  return values.filter(({ value }) => !accepted.has(value)).map((value) => unaccepted(mesh, value));
}

function undeclaredNames({ clusters }: DeclaredMesh, contexts: ReadonlyMap<string, string>): readonly Finding[] {
  const names: readonly string[] = clusters.map(({ metadata }) => metadata.name);
  return [...contexts.keys()]
    .filter((name) => !names.includes(name))
    .map((name) => {
      const near = nearMatch(name, names);
      return {
        code: 'cluster-unknown',
        severity: 'error',
        message: `a context is given for the cluster ${quote(name)}, which no MeshCluster of the home cluster declares`,
        remedy:
          near === undefined ? `the clusters of the mesh are ${names.join(', ')}` : `write ${near}, or leave it out`,
      };
    });
}

/** The clusters with the access that the home cluster keeps: the context by which one user reaches them is nobody else's. */
export function keptClusters({ clusters, keptAccess }: DeclaredMesh): readonly MeshCluster[] {
  return clusters.map((cluster) => {
    const access = keptAccess?.get(cluster.metadata.name);
    return access === undefined ? cluster : { ...cluster, spec: { ...cluster.spec, access } };
  });
}
