import type { ClusterName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import { kubectl, remedy, repeat } from '../base/remedy.ts';
import { istioNamespace } from '../istio/names.ts';
import { describeRef, type ObjectRef, refKey } from '../objects/object.ts';
import { systemNamespace } from '../objects/ownership.ts';
import type { Observed } from '../observe/observe.ts';
import { secretTexts } from '../observe/secret.ts';
import { createIssuer, createRoot, type Issuer, type Root } from '../pki/authority.ts';
import { certificatesOf, isSameCertificate } from '../pki/certificate.ts';
import { renewalTime } from '../pki/check.ts';
import type { PkiEnvironment } from '../pki/environment.ts';
import { type IssuerTexts, readIssuer } from '../pki/read-issuer.ts';
import { issuerKeys, issuerTextsOf, rootFromFiles } from '../pki/stored.ts';
import type { WrappingKey } from '../pki/wrapping.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { adoptedRoot, needsIssuer } from './adopted-root.ts';
import { type RootStore, requireRootCreation } from './root-store.ts';
import { isGenerated, readStoredIssuer, wrappingKeyRef } from './stored-issuer.ts';
import { caCertsPlaces, issuerRef, issuerSecretOf } from './trust-secrets.ts';

export interface TrustOptions {
  readonly mesh: ResolvedMesh;
  /** What the clusters of this run hold; the home cluster is among them. */
  readonly observed: ReadonlyMap<ClusterName, Observed>;
  readonly roots: RootStore;
  /** The texts of `spec.trust.issuer.files`, where the mesh file has it. */
  readonly issuerFiles?: IssuerTexts | undefined;
  /** Only these are changed in this run; left out: all. */
  readonly only?: ReadonlySet<ClusterName> | undefined;
  /** `Always` replaces intermediates that could stay. */
  readonly renewal?: 'Due' | 'Always';
  readonly environment: PkiEnvironment;
}

/** The mesh's issuer, or why it cannot sign. */
export interface ResolvedIssuer {
  /** Left out where it cannot be used, and where a mesh of adopted Istios alone needs none. */
  readonly issuer: Issuer | undefined;
  /** `Home`: we keep it in the home cluster. `Theirs`: it is its owner's, and stored by us nowhere. */
  readonly keeping: 'Home' | 'Theirs';
  /** The key with which ours is stored encrypted; undefined where there is none yet. */
  readonly wrapping?: WrappingKey | undefined;
  /** It was made in this run. */
  readonly isNew: boolean;
  /** A root that was made in this run. */
  readonly newRoot: Root | undefined;
  /** PEM of the root or roots, also where the issuer itself cannot be used. */
  readonly root: string;
  /** What is worth knowing and stops nothing. */
  readonly notices: readonly string[];
  /** Why the issuer cannot be used. */
  readonly refused: readonly string[];
}

/**
 * The issuer of the mesh file. A generated one is made where there is none, and renewed under the same root before it
 * expires where the root's key is on this machine. Throws `root-key-missing` where it would have to be and is not.
 */
export async function resolveIssuer(options: TrustOptions): Promise<ResolvedIssuer> {
  const { mesh, observed, issuerFiles } = options;
  const { declared, home } = mesh;
  const { files } = declared.mesh.spec.trust.issuer;
  const ref = issuerSecretOf(declared);
  if (ref === undefined) {
    if (files === undefined || issuerFiles === undefined) throw new IsthmusError('internal', 'the files were not read');
    return { ...(await usable(issuerFiles, files, options)), keeping: 'Theirs' };
  }
  if (isGenerated(ref)) return await generatedIssuer(options);
  const data = secretTexts(observed.get(home)?.whole.get(refKey(ref)));
  if (data === undefined) throw noSecret(ref, mesh);
  return { ...(await usable(issuerTextsOf(data), namesIn(ref), options)), keeping: 'Theirs' };
}

async function generatedIssuer(options: TrustOptions): Promise<ResolvedIssuer> {
  const { mesh, observed, roots, environment, only, renewal } = options;
  const { home } = mesh;
  const { texts, wrapping, keptAs } = await readStoredIssuer({
    home: observed.get(home),
    crypto: environment.crypto,
    homeName: home,
    rootFolder: roots.folder(mesh.name),
  });
  if (texts === undefined && !needsIssuer(mesh.topology)) {
    const root = adoptedRoot(mesh, observed);
    return { issuer: undefined, keeping: 'Theirs', isNew: false, newRoot: undefined, root, notices: [], refused: [] };
  }
  if (texts === undefined) return { ...(await makeIssuer(options)), wrapping };
  const resolved = await renewed(texts, options);
  // Only an apply stores again what is there.
  const isStored = renewal !== 'Always' && (only === undefined || only.has(home));
  const notices = keptAs === 'Plain' && isStored ? [...resolved.notices, migrated] : resolved.notices;
  return { ...resolved, wrapping, notices };
}

const migrated = `the issuer's private key is stored encrypted from now on, with a key in the ${describeRef(wrappingKeyRef)}: so far all who may list the Secrets of this cluster could read it, peers' istiods among them`;

type Names = Readonly<Record<keyof IssuerTexts, string>>;

async function usable(texts: IssuerTexts, names: Names, options: TrustOptions): Promise<ResolvedIssuer> {
  const { mesh, environment } = options;
  const expected = { names, trustDomain: mesh.declared.mesh.spec.trust.domain };
  const { issuer, problems } = await readIssuer(texts, expected, environment);
  const messages = (wanted: 'error' | 'warning'): readonly string[] =>
    problems.filter(({ severity }) => severity === wanted).map(({ message }) => `issuer: ${message}`);
  return {
    issuer,
    keeping: 'Home',
    isNew: false,
    newRoot: undefined,
    root: issuer?.root ?? texts.root,
    notices: messages('warning'),
    refused: messages('error'),
  };
}

function namesIn({ name }: ObjectRef): Names {
  const named = (key: string): string => `${key} of Secret ${systemNamespace}/${name}`;
  return {
    certificate: named(issuerKeys.certificate),
    privateKey: named(issuerKeys.privateKey),
    root: named(issuerKeys.root),
  };
}

/** The stored issuer; a new one under the same root where it is due and this machine can make it. */
async function renewed(texts: IssuerTexts, options: TrustOptions): Promise<ResolvedIssuer> {
  const { mesh, environment, only, roots } = options;
  const stored = await usable(texts, namesIn(issuerRef), options);
  const [certificate] = certificatesOf(texts.certificate);
  if (certificate === undefined || environment.now < renewalTime(certificate)) return stored;
  if (only !== undefined && !only.has(mesh.home)) return stored;
  const kept = await roots.read(mesh.name);
  if (kept !== undefined && kept !== 'Keyless' && isRootOf(kept.certificate, texts.root)) {
    const made = await issuerOf(await rootFromFiles(kept, trustDomainOf(options), environment), options);
    // While roots change the mesh trusts more than the one that signs.
    const issuer = made.issuer === undefined ? undefined : { ...made.issuer, root: texts.root };
    return { ...made, issuer, newRoot: undefined, root: texts.root };
  }
  const folder = roots.folder(mesh.name);
  const ended = new Date(certificate.notAfter).toISOString().slice(0, 10);
  if (certificate.notAfter > environment.now) {
    const notice = `the issuer ends on ${ended}: put root.key back into ${folder}, and the next apply makes a new issuer under the same root; then take the key offline again`;
    return { ...stored, notices: [...stored.notices, notice] };
  }
  throw new IsthmusError(
    'root-key-missing',
    `the issuer (Secret ${systemNamespace}/${issuerRef.name} in ${mesh.home}) has expired on ${ended}, and the root's key, which a new one needs, is not on this machine`,
    {
      remedy: remedy`put root.key back into ${folder} and ${repeat()}: that makes a new issuer under the same root; then take the key offline again`,
    },
  );
}

function isRootOf(kept: string, trusted: string): boolean {
  const [root] = certificatesOf(kept);
  const roots = certificatesOf(trusted);
  return root !== undefined && roots.some((one) => isSameCertificate(one, root));
}

async function issuerOf(root: Root, { mesh, environment }: TrustOptions): Promise<ResolvedIssuer> {
  const trustDomain = trustDomainOf({ mesh });
  const issuer = await createIssuer(root, { mesh: mesh.name, trustDomain }, environment);
  return {
    issuer,
    keeping: 'Home',
    isNew: true,
    newRoot: root,
    root: root.certificate,
    notices: [],
    refused: [],
  };
}

function trustDomainOf({ mesh }: Pick<TrustOptions, 'mesh'>): string {
  return mesh.declared.mesh.spec.trust.domain;
}

async function makeIssuer(options: TrustOptions): Promise<ResolvedIssuer> {
  const { roots, environment } = options;
  const mesh = options.mesh.name;
  const kept = await roots.read(mesh);
  if (kept === 'Keyless') throw keyless(options);
  if (kept !== undefined) {
    return {
      ...(await issuerOf(await rootFromFiles(kept, trustDomainOf(options), environment), options)),
      newRoot: undefined,
    };
  }
  requireNoTrust(options);
  requireRootCreation(roots, mesh);
  return await issuerOf(await createRoot({ mesh }, environment), options);
}

function keyless({ mesh, roots }: TrustOptions): IsthmusError {
  const folder = roots.folder(mesh.name);
  return new IsthmusError(
    'root-key-missing',
    `the home cluster ${mesh.home} has no issuer (Secret ${systemNamespace}/${issuerRef.name}), and a new one needs the root's key, which is not in ${folder}`,
    { remedy: `put root.key back into ${folder} for this one run, and take it offline again afterwards` },
  );
}

/** A new root beside certificates that exist would split the mesh, so none is made. */
function requireNoTrust({ mesh, observed, roots }: TrustOptions): void {
  const places = caCertsPlaces(mesh.topology);
  const holders = places
    .filter(({ heldBy, ref }) => observed.get(heldBy)?.whole.has(refKey(ref)))
    .map(({ heldBy }) => heldBy);
  if (holders.length === 0) return;
  throw new IsthmusError(
    'root-key-missing',
    `${holders.join(', ')} already ${holders.length === 1 ? 'has' : 'have'} a Secret ${istioNamespace}/cacerts, but neither the issuer (Secret ${systemNamespace}/${issuerRef.name} in ${mesh.home}) nor the root's key (in ${roots.folder(mesh.name)}) is there`,
    {
      remedy: remedy`put root.crt and root.key of the mesh into ${roots.folder(mesh.name)}, name the issuer that made them (spec.trust.issuer), or, where nothing uses those certificates, delete the Secrets; then ${repeat()}`,
    },
  );
}

function noSecret({ namespace = '', name }: ObjectRef, { home, declared }: ResolvedMesh): IsthmusError {
  const context = declared.home.spec.access.context ?? home;
  const from = [
    [issuerKeys.certificate, 'ISSUER.pem'],
    [issuerKeys.privateKey, 'ISSUER.key'],
    [issuerKeys.root, 'ROOT.pem'],
  ].map(([key, file]) => `--from-file=${key}=${file}`);
  const creation = kubectl('--context', context, '-n', namespace, 'create', 'secret', 'generic', name, ...from);
  return new IsthmusError(
    'trust-invalid',
    `the home cluster ${home} has no Secret ${namespace}/${name}, which spec.trust.issuer names; nothing was changed`,
    { remedy: remedy`make it with ${creation}` },
  );
}
