import type { ClusterName } from '../api/name.ts';
import { encodeBase64Text } from '../base/base64.ts';
import { IsthmusError } from '../base/error.ts';
import { istioNamespace } from '../istio/names.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { type KubeObject, type ObjectRef, refKey } from '../objects/object.ts';
import { systemNamespace } from '../objects/ownership.ts';
import type { Observed } from '../observe/observe.ts';
import { secretTexts } from '../observe/secret.ts';
import { createIntermediate, createIssuer, createRoot, type Issuer, type Root } from '../pki/authority.ts';
import { caCertsTexts } from '../pki/bundle.ts';
import { fingerprintOf, parseCertificates } from '../pki/certificate.ts';
import { checkBundle } from '../pki/check-bundle.ts';
import type { PkiEnvironment } from '../pki/environment.ts';
import { issuerFromData, issuerToData, rootFromFiles } from '../pki/stored.ts';
import { ownedObject, type StagedObject } from '../plan/desired.ts';
import type { RootStore } from './root-store.ts';

export const caCertsRef: ObjectRef = { apiVersion: 'v1', kind: 'Secret', namespace: istioNamespace, name: 'cacerts' };
export const issuerRef: ObjectRef = {
  apiVersion: 'v1',
  kind: 'Secret',
  namespace: systemNamespace,
  name: 'isthmus-issuer',
};

/** The trust of a mesh, complete before anything is written. */
export interface MeshTrust {
  /** SHA-256 of the root, in hex. */
  readonly rootFingerprint: string;
  /** The issuer's Secret, for the home cluster. */
  readonly issuer: StagedObject;
  /** The Secret `cacerts` of each cluster: the one it has, or a new one. */
  readonly caCerts: ReadonlyMap<ClusterName, StagedObject>;
  /** The issuer was made just now. */
  readonly isNewIssuer: boolean;
  /** A root that was just made and must be stored before the issuer is. */
  readonly newRoot: Root | undefined;
  /** What is worth knowing per cluster and stops nothing, e.g. that a certificate is due to be renewed. */
  readonly notices: readonly { readonly cluster: ClusterName; readonly message: string }[];
}

export interface TrustOptions {
  readonly declared: DeclaredMesh;
  /** What the clusters of this run hold; the home cluster is among them. */
  readonly observed: ReadonlyMap<ClusterName, Observed>;
  readonly roots: RootStore;
  readonly environment: PkiEnvironment;
}

/**
 * Takes the trust that is there and makes what is missing, in memory. Throws before anything was written:
 * `trust-invalid` where a cluster holds certificates that do not belong to this mesh, `root-key-missing` where a new
 * issuer is needed and the root's key is not on this machine.
 */
export async function resolveTrust(options: TrustOptions): Promise<MeshTrust> {
  const { declared, observed, environment } = options;
  const { issuer, isNewIssuer, newRoot } = await resolveIssuer(options);
  const mesh = declared.mesh.metadata.name;
  const caCerts = new Map<ClusterName, StagedObject>();
  const notices: { cluster: ClusterName; message: string }[] = [];
  const refused: string[] = [];
  for (const [cluster, { whole }] of observed) {
    const existing = secretTexts(whole.get(refKey(caCertsRef)));
    const texts = existing ?? (await newCaCerts(options, issuer, cluster));
    const expected = { root: issuer.root, trustDomain: declared.mesh.spec.trust.domain };
    for (const { severity, message } of await checkBundle(texts, expected, environment)) {
      if (severity === 'error') refused.push(`${cluster}: ${message}`);
      else notices.push({ cluster, message });
    }
    caCerts.set(cluster, ownedObject(secretOf(caCertsRef, texts), mesh));
  }
  if (refused.length > 0) throw refusedTrust(refused);
  const [root] = parseCertificates(issuer.root)?.certificates ?? [];
  if (root === undefined) throw new IsthmusError('trust-invalid', 'the root of the issuer cannot be read');
  return {
    rootFingerprint: await fingerprintOf(environment.crypto, root),
    issuer: ownedObject(secretOf(issuerRef, issuerToData(issuer), 'kubernetes.io/tls'), mesh),
    caCerts,
    isNewIssuer,
    newRoot,
    notices,
  };
}

async function resolveIssuer(
  options: TrustOptions,
): Promise<Pick<MeshTrust, 'isNewIssuer' | 'newRoot'> & { readonly issuer: Issuer }> {
  const { declared, observed, roots, environment } = options;
  const home = declared.home.metadata.name;
  const stored = secretTexts(observed.get(home)?.whole.get(refKey(issuerRef)));
  if (stored !== undefined)
    return { issuer: await issuerFromData(stored, environment), isNewIssuer: false, newRoot: undefined };
  const mesh = declared.mesh.metadata.name;
  const kept = await roots.read(mesh);
  if (kept === 'Keyless') throw keyless(options);
  if (kept === undefined) requireNoTrust(options);
  const root = kept === undefined ? await createRoot({ mesh }, environment) : await rootFromFiles(kept, environment);
  const issuer = await createIssuer(root, { mesh, trustDomain: declared.mesh.spec.trust.domain }, environment);
  return { issuer, isNewIssuer: true, newRoot: kept === undefined ? root : undefined };
}

function keyless({ declared, roots }: TrustOptions): IsthmusError {
  const folder = roots.folder(declared.mesh.metadata.name);
  return new IsthmusError(
    'root-key-missing',
    `the home cluster ${declared.home.metadata.name} has no issuer (Secret ${systemNamespace}/${issuerRef.name}), and a new one needs the root's key, which is not in ${folder}`,
    { hint: `put root.key back into ${folder} for this one run, and take it offline again afterwards` },
  );
}

/** A new root beside certificates that exist would split the mesh, so none is made. */
function requireNoTrust({ declared, observed, roots }: TrustOptions): void {
  const holders = [...observed].filter(([, { whole }]) => whole.has(refKey(caCertsRef))).map(([cluster]) => cluster);
  if (holders.length === 0) return;
  const mesh = declared.mesh.metadata.name;
  throw new IsthmusError(
    'root-key-missing',
    `${holders.join(', ')} already ${holders.length === 1 ? 'has' : 'have'} a Secret ${istioNamespace}/cacerts, but neither the issuer (Secret ${systemNamespace}/${issuerRef.name} in ${declared.home.metadata.name}) nor the root's key (in ${roots.folder(mesh)}) is there`,
    {
      hint: `put root.crt and root.key of the mesh into ${roots.folder(mesh)}, or, where nothing uses those certificates, delete the Secrets and run apply again`,
    },
  );
}

async function newCaCerts(
  { declared, environment }: TrustOptions,
  issuer: Issuer,
  cluster: ClusterName,
): Promise<Readonly<Record<string, string>>> {
  const { domain, intermediate } = declared.mesh.spec.trust;
  const options = { mesh: declared.mesh.metadata.name, cluster, trustDomain: domain, lifetime: intermediate.lifetime };
  return caCertsTexts(await createIntermediate(issuer, options, environment));
}

function secretOf(ref: ObjectRef, texts: Readonly<Record<string, string>>, type = 'Opaque'): KubeObject {
  const { apiVersion, kind, name, namespace = '' } = ref;
  const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encodeBase64Text(text)]));
  return { apiVersion, kind, metadata: { name, namespace }, type, data };
}

function refusedTrust(refused: readonly string[]): IsthmusError {
  return new IsthmusError(
    'trust-invalid',
    `the certificates that are there do not fit the mesh; nothing was changed\n  ${refused.join('\n  ')}`,
    {
      hint: `where nothing uses them any more, delete the Secret ${istioNamespace}/cacerts of those clusters and run apply again; otherwise restore the ones that belong to this mesh`,
    },
  );
}
