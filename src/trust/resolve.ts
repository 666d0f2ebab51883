import type { ClusterName } from '../api/name.ts';
import { encodeBase64Text } from '../base/base64.ts';
import { IsthmusError } from '../base/error.ts';
import { allOf, remedy, repeat } from '../base/remedy.ts';
import { describeRef, type KubeObject, type ObjectRef, refKey } from '../objects/object.ts';
import { meshLabel } from '../objects/ownership.ts';
import type { Observed } from '../observe/observe.ts';
import { secretTexts } from '../observe/secret.ts';
import { createIntermediate, type Issuer, type Root } from '../pki/authority.ts';
import { type CaBundle, caCertsTexts, isCaCertsKey } from '../pki/bundle.ts';
import { certificatesOf, fingerprintOf } from '../pki/certificate.ts';
import { checkBundle } from '../pki/check-bundle.ts';
import type { TrustProblem } from '../pki/problem.ts';
import { type RenewalReason, whyRenew } from '../pki/renewal.ts';
import { ownedObject, type StagedObject } from '../plan/desired.ts';
import { needsIssuer } from './adopted-root.ts';
import { type ResolvedIssuer, resolveIssuer, type TrustOptions } from './issuer.ts';
import { type IssuerObjects, issuerObjects } from './stored-issuer.ts';
import { type CaCertsPlace, caCertsPlaces } from './trust-secrets.ts';

/** The trust of a mesh, complete before anything is written. */
export interface MeshTrust {
  /** SHA-256 of the root, in hex. */
  readonly rootFingerprint: string;
  /** The issuer as the home cluster keeps it; none where it is its owner's, in files or a Secret of theirs. */
  readonly issuer: IssuerObjects | undefined;
  /** The Secrets `cacerts` of each cluster, one for each istiod in it: those that are there, or new ones. */
  readonly caCerts: ReadonlyMap<ClusterName, readonly StagedObject[]>;
  /** The issuer was made just now. */
  readonly isNewIssuer: boolean;
  /** A root that was just made and must be stored before the issuer is. */
  readonly newRoot: Root | undefined;
  /** What is worth knowing per cluster and stops nothing, e.g. that a certificate is renewed in this run. */
  readonly notices: readonly Notice[];
}

interface Notice {
  readonly cluster: ClusterName;
  readonly message: string;
}

/**
 * Takes the trust that is there, renews what is due and makes what is missing, in memory. Throws before anything was
 * written: `trust-invalid` where the issuer or what a cluster holds cannot be used, with everything that is wrong, and
 * `root-key-missing` where a new issuer is needed and the root's key is not on this machine.
 */
export async function resolveTrust(options: TrustOptions): Promise<MeshTrust> {
  const { mesh, observed, environment } = options;
  const resolved = await resolveIssuer(options);
  const parts = await Promise.all(
    caCertsPlaces(mesh.topology).map(async (place): Promise<CaCerts | undefined> => {
      const held = observed.get(place.heldBy);
      return held === undefined ? undefined : await caCertsOf(place, held, { ...options, resolved });
    }),
  );
  const present = parts.filter((part) => part !== undefined);
  const refused = [...resolved.refused, ...present.flatMap((part) => part.refused)];
  const isSigned = needsIssuer(mesh.topology);
  if (refused.length > 0) throw refusedTrust(refused, resolved, isSigned ? 'Needed' : 'Unneeded');
  const { issuer, isNew, newRoot, keeping, notices } = resolved;
  const [root] = certificatesOf(resolved.root);
  if (root === undefined || (issuer === undefined && isSigned)) {
    throw new IsthmusError('internal', 'the issuer was not refused');
  }
  return {
    rootFingerprint: await fingerprintOf(environment.crypto, root),
    issuer:
      keeping === 'Home' && issuer !== undefined
        ? await issuerObjects(issuer, { mesh: mesh.name, crypto: environment.crypto, wrapping: resolved.wrapping })
        : undefined,
    caCerts: new Map(
      [...observed.keys()].map((cluster) => [
        cluster,
        present.flatMap(({ place, texts }) =>
          place.heldBy === cluster && texts !== undefined ? [ownedObject(secretOf(place.ref, texts), mesh.name)] : [],
        ),
      ]),
    ),
    isNewIssuer: isNew,
    newRoot,
    notices: [
      ...notices.map((message) => ({ cluster: mesh.home, message })),
      ...present.flatMap((part) => part.notices),
    ],
  };
}

/** What becomes of one istiod's `cacerts`. */
interface CaCerts {
  readonly place: CaCertsPlace;
  /** Left out where the Secret is not ours to write. */
  readonly texts: CaBundle | undefined;
  readonly notices: readonly Notice[];
  readonly refused: readonly string[];
}

interface CaCertsOptions extends TrustOptions {
  readonly resolved: ResolvedIssuer;
}

async function caCertsOf(place: CaCertsPlace, { whole }: Observed, options: CaCertsOptions): Promise<CaCerts> {
  const { mesh, environment, resolved } = options;
  const { istiodOf: cluster, heldBy, ref } = place;
  const secret = whole.get(refKey(ref));
  const bundle = secretTexts(secret);
  const none = { place, texts: undefined, notices: [], refused: [] };
  const isChosen = options.only === undefined || options.only.has(heldBy);
  if (bundle === undefined) {
    return isChosen && resolved.issuer !== undefined
      ? { ...none, texts: await newCaCerts(options, resolved.issuer, cluster) }
      : none;
  }
  // Where the issuer's root cannot even be read there is nothing to compare with, and the issuer is refused.
  if (certificatesOf(resolved.root).length === 0) return none;
  const expected = { root: resolved.root, trustDomain: mesh.declared.mesh.spec.trust.domain };
  const problems = await checkBundle(bundle, expected, environment);
  const isOurs = secret?.metadata.labels?.[meshLabel] === mesh.name;
  const renewal = isOurs && isChosen ? renewalOf(bundle, options) : undefined;
  const refused = problems.filter((one) => isRefused(one, renewal)).map(({ message }) => `${cluster}: ${message}`);
  if (refused.length > 0) return { ...none, refused };
  if (renewal !== undefined && resolved.issuer !== undefined) {
    const texts = await newCaCerts(options, resolved.issuer, cluster);
    return { ...none, texts, notices: [{ cluster, message: `a new intermediate is made: ${renewalWords[renewal]}` }] };
  }
  const notices = problems.map(({ message }) => ({ cluster, message }));
  if (isOurs) {
    const others = Object.keys(bundle).filter((key) => !isCaCertsKey(key));
    const message = `${describeRef(ref)} also holds ${others.join(', ')}: left to those who put that there`;
    return {
      ...none,
      texts: Object.fromEntries(Object.entries(bundle).filter(([key]) => isCaCertsKey(key))),
      notices: [...notices, ...(others.length === 0 ? [] : [{ cluster, message }])],
    };
  }
  const message = `${describeRef(ref)} was made by someone else: it fits the mesh and is left to them`;
  return { ...none, notices: [...notices, { cluster, message }] };
}

type Renewal = RenewalReason | 'Asked';

const renewalWords = {
  Due: 'less than a third of the lifetime of the one in use is left',
  Algorithm: 'the mesh wants another key algorithm',
  Issuer: 'the mesh has another issuer under the same root',
  Asked: 'it was asked for',
} as const satisfies Record<Renewal, string>;

function renewalOf(bundle: CaBundle, { mesh, environment, renewal, resolved }: CaCertsOptions): Renewal | undefined {
  if (resolved.issuer === undefined) return undefined;
  const { keyAlgorithm } = mesh.declared.mesh.spec.trust.intermediate;
  const why = whyRenew(bundle, { issuer: resolved.issuer, keyAlgorithm, now: environment.now });
  return why ?? (renewal === 'Always' ? 'Asked' : undefined);
}

/** An intermediate of ours that has merely expired is not refused but replaced. */
function isRefused({ severity, reason }: TrustProblem, renewal: Renewal | undefined): boolean {
  return severity === 'error' && !(reason === 'expired' && renewal !== undefined);
}

async function newCaCerts(
  { mesh, environment }: TrustOptions,
  issuer: Issuer,
  cluster: ClusterName,
): Promise<CaBundle> {
  const { domain, intermediate } = mesh.declared.mesh.spec.trust;
  const options = { mesh: mesh.name, cluster, trustDomain: domain, ...intermediate };
  return caCertsTexts(await createIntermediate(issuer, options, environment));
}

function secretOf(ref: ObjectRef, texts: Readonly<Record<string, string>>): KubeObject {
  const { apiVersion, kind, name, namespace = '' } = ref;
  const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encodeBase64Text(text)]));
  return { apiVersion, kind, metadata: { name, namespace }, type: 'Opaque', data };
}

function refusedTrust(
  refused: readonly string[],
  { refused: ofIssuer }: ResolvedIssuer,
  issuer: 'Needed' | 'Unneeded',
): IsthmusError {
  const ofIssuerRemedy =
    issuer === 'Needed'
      ? 'correct what spec.trust.issuer names'
      : 'leave spec.trust.issuer out: where every Istio is adopted the mesh needs no issuer';
  const remedies = [
    ...(ofIssuer.length === 0 ? [] : [ofIssuerRemedy]),
    ...(ofIssuer.length === refused.length
      ? []
      : [
          remedy`where nothing uses them any longer, delete the Secret cacerts of those clusters and ${repeat()}; otherwise restore the ones that belong to this mesh`,
        ]),
  ];
  return new IsthmusError(
    'trust-invalid',
    `the existing certificates do not belong to the mesh; nothing was changed\n  ${refused.join('\n  ')}`,
    { remedy: allOf(remedies) },
  );
}
