/** What the mesh file says of the way that peers take to a cluster's API server. */
export interface DeclaredPeerAccess {
  readonly peerServer?: string | undefined;
  readonly peerCertificateAuthority?: string | undefined;
}

/** The API server of a cluster, as Isthmus itself reaches it. */
export interface OwnAccess {
  readonly server: string;
  /** PEM, where the kubeconfig gives one. */
  readonly certificateAuthority: string | undefined;
}

/** The API server of a cluster as the istiods of its peers are to reach it. */
export interface PeerAccess {
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
}

/**
 * The way for peers: that of the mesh file, else that of the kubeconfig. Something that ends TLS before the API server
 * (Rancher, Teleport, a load balancer) has an authority of its own, which only the kubeconfig knows; `own` is the one
 * that the cluster gives its pods, and counts for every address that is not the kubeconfig's.
 */
export function peerAccess(
  declared: DeclaredPeerAccess,
  { server, certificateAuthority }: OwnAccess,
  own: string,
): PeerAccess {
  const { peerServer, peerCertificateAuthority } = declared;
  if (peerServer !== undefined || peerCertificateAuthority !== undefined) {
    return { server: peerServer ?? server, certificateAuthority: peerCertificateAuthority ?? own };
  }
  // Equal authorities keep the cluster's own text: istiod reconnects whenever a kubeconfig differs by a byte.
  const isOwn = certificateAuthority === undefined || isWithin(certificateAuthority, own);
  return { server, certificateAuthority: isOwn ? own : certificateAuthority };
}

/** Every certificate of the one is in the other; a text without any is in none. */
function isWithin(one: string, other: string): boolean {
  const known = new Set(certificatesIn(other));
  const certificates = certificatesIn(one);
  return certificates.length > 0 && certificates.every((certificate) => known.has(certificate));
}

function certificatesIn(pem: string): readonly string[] {
  return pem
    .split('-----BEGIN CERTIFICATE-----')
    .slice(1)
    .map((block) => (block.split('-----END')[0] ?? '').replaceAll(/\s/g, ''));
}
