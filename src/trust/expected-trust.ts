import { signsWith } from '../diagnose/checks/trust-istiod.ts';
import type { ExpectedTrust, TrustFacts } from '../diagnose/facts/trust.ts';
import { signingTexts } from '../pki/bundle.ts';
import { type Certificate, certificatesOf } from '../pki/certificate.ts';
import type { PkiEnvironment } from '../pki/environment.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';

interface TrustSources {
  readonly mesh: ResolvedMesh;
  /** PEM of the root beside the issuer, where it can be read here. */
  readonly issuer: { readonly root: string } | undefined;
  readonly environment: PkiEnvironment;
}

/**
 * The mesh's roots: those beside the issuer, else those of the home cluster, else of the first cluster with one, else the
 * CA that the only istiod made for itself.
 */
export async function expectedTrust(
  reached: readonly TrustFacts[],
  { mesh, issuer, environment }: TrustSources,
): Promise<ExpectedTrust> {
  const ordered = reached.toSorted(
    (a, b) => Number(b.topology.name === mesh.home) - Number(a.topology.name === mesh.home),
  );
  const held = ordered
    .flatMap(({ bundle }) => (bundle === undefined ? [] : [signingTexts(bundle.texts).root]))
    .find((text) => text !== '');
  const trustDomain = mesh.declared.mesh.spec.trust.domain;
  const known = issuer?.root ?? held;
  const own = known === undefined ? await selfMadeCa(ordered, environment) : undefined;
  if (own !== undefined) return { root: own.x509.toString('pem'), roots: [own], trustDomain, isSelfMade: true };
  return { root: known ?? '', roots: certificatesOf(known), trustDomain };
}

/** The CA of the only istiod, where it made that itself and signs with it: one that it no longer uses may still be there. */
async function selfMadeCa(
  reached: readonly TrustFacts[],
  { crypto }: PkiEnvironment,
): Promise<Certificate | undefined> {
  const facts = reached.find(({ topology }) => topology.signer === 'Alone' && topology.controlPlane.kind === 'Own');
  if (facts === undefined || facts.bundle !== undefined || facts.bundleError !== undefined) return undefined;
  const signers = await Promise.all(facts.istiods.map((istiod) => signsWith(crypto, istiod, facts, [])));
  return signers.every((one) => one === 'SelfSigned') ? facts.selfSigned : undefined;
}
