import { z } from 'zod';
import { certificate } from './certificate.ts';
import { reportedError } from './error.ts';
import { finding } from './finding.ts';
import { fields, list, moment, named, report } from './schema.ts';
import { verdictFields } from './verdict.ts';

const fingerprints = list(z.string());

const istiodTrust = named('IstiodTrust', 'What one istiod signs with.', {
  pod: z.string().describe("The pod's name."),
  startedAt: z.string().describe('When it started, RFC 3339.'),
  signsWith: z
    .enum(['CaCerts', 'OlderIntermediate', 'SelfSigned', 'Unknown'])
    .describe(
      '`CaCerts`: the intermediate in Secret `cacerts`. `OlderIntermediate`: another one of the same root. `SelfSigned`: the CA that istiod makes for itself.',
    ),
  presents: fingerprints.describe('SHA-256 of the certificates that it presents, its own first.'),
});

const proxyTrust = named('ProxyTrust', 'What one running Envoy trusts and presents.', {
  namespace: z.string().describe("The pod's namespace."),
  pod: z.string().describe("The pod's name."),
  type: z.enum(['Gateway', 'Sidecar']).describe('What it is.'),
  trusts: fingerprints.describe('SHA-256 of the roots that it verifies peers with.'),
  identity: z.exactOptional(z.string()).describe('Its SPIFFE ID; left out where it has none.'),
  notAfter: z.exactOptional(moment()).describe('When its own certificate ends, RFC 3339; left out where it has none.'),
  signer: z
    .exactOptional(z.string())
    .describe('SHA-256 of the CA that signed its certificate; left out where it is unknown.'),
  error: z.exactOptional(z.string()).describe('Why it could not be asked; left out where it was.'),
});

const cluster = z.string().describe("The cluster's name.");
const network = z.string().describe('The network that the cluster is on.');

export const reachableTrust = named('ReachableTrust', 'The trust of a cluster that answers.', {
  cluster,
  network,
  reachable: z.literal(true).describe('It answers.'),
  bundleUnread: z.exactOptional(z.literal(true)).describe('Its `cacerts` could not be read; left out where it could.'),
  intermediate: z
    .exactOptional(certificate)
    .describe('The certificate in `cacerts`; left out for a cluster that the istiod of another one serves.'),
  issuers: list(certificate).describe('The CAs between the intermediate and the root, the issuer first.'),
  roots: list(certificate).describe('The roots in `cacerts`.'),
  istiods: list(istiodTrust).describe('Its istiods.'),
  distributed: fields({
    namespaces: z.number().describe('How many namespaces have one.'),
    roots: fingerprints.describe('SHA-256 of the roots in istio-system.'),
    differing: list(z.string()).describe("The namespaces whose roots are not the mesh's."),
  }).describe('The ConfigMaps `istio-ca-root-cert` of istiod, with which proxies verify it.'),
  proxies: fields({
    total: z.number().describe('How many pods have a proxy.'),
    asked: list(proxyTrust).describe('Those of them that were asked.'),
  }).describe('The proxies.'),
});

export type ReachableTrust = z.infer<typeof reachableTrust>;

export const unreachableTrust = named(
  'UnreachableTrust',
  'A cluster that does not answer, so that nothing is known of its trust.',
  {
    cluster,
    network,
    reachable: z.literal(false).describe('It does not answer.'),
    error: reportedError.describe('Why.'),
  },
);

const clusterTrust = z
  .discriminatedUnion('reachable', [reachableTrust, unreachableTrust])
  .meta({ id: 'ClusterTrust', description: 'The trust of one cluster.' });

export type ClusterTrust = z.infer<typeof clusterTrust>;

const relation = named('TrustRelation', 'Whether the workloads of one cluster accept those of another.', {
  from: z.string().describe('The cluster that trusts, or does not.'),
  to: z.string().describe('The cluster that is to be trusted.'),
  trusts: z
    .enum(['Yes', 'No', 'Unknown'])
    .describe('Whether what the workloads of `to` present leads to a root that those of `from` trust.'),
  evidence: z
    .enum(['Proxies', 'ControlPlane', 'None'])
    .describe('What that is judged by. `ControlPlane`: a side without proxies is judged by what its istiod gives out.'),
});

export const trustReport = report('TrustReport', 'The certificates of a mesh, from the root to the proxies.', {
  mesh: z.string().describe("The mesh's name."),
  ...verdictFields(
    'Whether the trust is in order: `No` where something was seen to be wrong, `Unknown` where something could not be read and nothing else is wrong.',
  ),
  trustDomain: z.string().describe('The SPIFFE trust domain.'),
  roots: list(certificate).describe("The mesh's root, or roots."),
  issuer: z
    .exactOptional(certificate)
    .describe('The certificate that signs the intermediates; left out where it cannot be read.'),
  clusters: list(clusterTrust).describe('One for each chosen cluster; `reachable` says which of two it is.'),
  relations: list(relation).describe('One for every ordered pair of clusters, and each cluster with itself.'),
  findings: list(finding).describe("Everything that is not as the mesh's trust should be."),
});

export type TrustReport = z.infer<typeof trustReport>;
