import { z } from 'zod';
import { apiVersion, istioVersion, settings } from './mesh.ts';
import { clusterName, knownRevision, namespaceName, networkName, secretName } from './name.ts';
import { oneOf } from './one-of.ts';
import { validation } from './validation.ts';

/** What happens to a cluster whose document is deleted. */
export const deletionPolicies = ['Retain', 'Uninstall', 'Abandon'] as const;
export type DeletionPolicy = (typeof deletionPolicies)[number];

/** What happens to the others while a cluster is not reached. */
export const unreachablePolicies = ['Keep', 'Drain', 'Remove'] as const;
export type UnreachablePolicy = (typeof unreachablePolicies)[number];

const accessFields = z.strictObject({
  context: z.string().min(1).max(253).optional().describe('The kubeconfig context; left out, the name of the cluster'),
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe('A kubeconfig file beside the mesh file, or by absolute path; left out, KUBECONFIG or ~/.kube/config'),
  secret: secretName
    .optional()
    .describe(
      'A Secret of isthmus-system in the home cluster with a kubeconfig in `kubeconfig` or `value`; it may name neither files nor programs',
    ),
  inCluster: z
    .strictObject({})
    .optional()
    .describe('The cluster that Isthmus runs in, as the service account of its pod'),
});

const accessForms = 'must be one of a kubeconfig (context, kubeconfig), secret and inCluster';

/** A kubeconfig is the form that needs no key: its file and its context have defaults. */
const access = accessFields
  .check(({ value, issues }) => {
    const kubeconfig = value.context !== undefined || value.kubeconfig !== undefined;
    const given = [kubeconfig, value.secret !== undefined, value.inCluster !== undefined].filter((one) => one);
    if (given.length > 1) issues.push({ code: 'custom', message: accessForms, input: value, path: [] });
  })
  .meta(
    validation([
      '(has(self.context) || has(self.kubeconfig) ? 1 : 0) + (has(self.secret) ? 1 : 0) + (has(self.inCluster) ? 1 : 0) <= 1',
      accessForms,
    ]),
  );

const controlPlane = oneOf({
  own: z.strictObject({}).optional().describe('istiod runs in this cluster'),
  remoteOf: clusterName.optional().describe('The istiod of that cluster serves this one too'),
  externalOf: clusterName.optional().describe('An istiod for this cluster runs in that cluster'),
});

const gatewayAddress = z
  .string()
  .max(259)
  .regex(
    /^([0-9a-zA-Z.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?$/,
    'must be an IP address or a host name, with a port after a colon where it is not 15443',
  );

const addressesMissing = 'needs addresses too, for the networks that it does not name';
const networkTwice = 'must name each network once';

const gatewayFields = z.strictObject({
  type: z.enum(['LoadBalancer', 'NodePort']).default('LoadBalancer').describe("The type of the gateway's Service"),
  annotations: z.record(z.string(), z.string()).optional().describe("Annotations of the gateway's Service"),
  replicas: z
    .int32()
    .min(1)
    .max(100)
    .optional()
    .describe("The number of the gateway's pods, without an autoscaler; left out, Istio's own default"),
  addresses: z
    .array(gatewayAddress)
    .max(16)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Where the other networks reach the gateway, instead of the addresses of its Service: for NAT'),
  addressesByNetwork: z
    .array(
      z.strictObject({
        network: networkName.describe('The network whose clusters reach the gateway there'),
        addresses: z
          .array(gatewayAddress)
          .min(1)
          .max(16)
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe('Where they reach it'),
      }),
    )
    .max(64)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['network'] })
    .describe('For the clusters of these networks, instead of `addresses`'),
});

const gateway = gatewayFields
  .check(({ value, issues }) => {
    const { addresses, addressesByNetwork: own = [] } = value;
    const path = ['addressesByNetwork'];
    if (own.length > 0 && addresses === undefined) {
      issues.push({ code: 'custom', message: addressesMissing, input: own, path });
    }
    own.forEach(({ network }, at) => {
      if (own.findIndex((one) => one.network === network) === at) return;
      issues.push({ code: 'custom', message: networkTwice, input: network, path: [...path, at, 'network'] });
    });
  })
  .meta(validation(['!has(self.addressesByNetwork) || has(self.addresses)', `addressesByNetwork ${addressesMissing}`]));

const istio = z.strictObject({
  version: istioVersion
    .optional()
    .describe("Instead of the Mesh's, e.g. while the mesh is upgraded cluster by cluster"),
  renderer: z
    .enum(['Installed'])
    .optional()
    .describe("Installed adopts this cluster's Istio as it is; left out, as the Mesh says"),
  revision: knownRevision.optional().describe("Instead of the Mesh's; `default` is the one without a name"),
  previousRevision: knownRevision.optional().describe("Instead of the Mesh's"),
  values: settings.optional().describe("Helm values for this cluster, merged over the Mesh's"),
  meshConfig: settings.optional().describe("MeshConfig fields for this cluster, merged over the Mesh's"),
});

/** Not a pattern of the definition: whoever looks for keys in what is written would find its words there. */
const certificatesAlone = /^\s*(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/;
const notCertificates = 'must be certificates in PEM form and nothing else';
const certificatesRule =
  "self.matches('^[ \\\\n\\\\r\\\\t]*([-]{5}BEGIN CERTIFICATE[-]{5}[A-Za-z0-9+/= \\\\n\\\\r\\\\t]+[-]{5}END CERTIFICATE[-]{5}[ \\\\n\\\\r\\\\t]*)+$')";

const notHttps = 'must be an https URL';

interface Checked {
  readonly controlPlane: { readonly own?: object | undefined };
  readonly istio?: z.output<typeof istio> | undefined;
  readonly injectNamespaces: readonly string[];
  readonly movedNamespaces: readonly string[];
}

const ofOwnIstiod = ['version', 'renderer', 'revision', 'previousRevision'] as const;
const ofOtherIstiod = 'must be left out where istiod runs in another cluster';
const movedElsewhere = 'must be one of injectNamespaces';

/**
 * An API server ends a rule that costs too much, and refuses the object for that (PerCallLimit in
 * k8s.io/apiserver/pkg/apis/cel). Longer lists are compared when the mesh is read.
 */
const mostCompared = 50_000;

const specRules = validation(
  [
    `!has(self.controlPlane) || has(self.controlPlane.own) || !has(self.istio) || !(${ofOwnIstiod.map((key) => `has(self.istio.${key})`).join(' || ')})`,
    `${ofOwnIstiod.map((key) => `istio.${key}`).join(', ')} ${ofOtherIstiod}`,
  ],
  [
    `!has(self.movedNamespaces) || (has(self.injectNamespaces) && self.movedNamespaces.size() * self.injectNamespaces.size() > ${mostCompared}) || self.movedNamespaces.all(name, has(self.injectNamespaces) && name in self.injectNamespaces)`,
    `each of movedNamespaces ${movedElsewhere}`,
  ],
);

const servedByItself = (['remoteOf', 'externalOf'] as const).map(
  (key) =>
    `(!has(self.spec.controlPlane) || !has(self.spec.controlPlane.${key}) || self.spec.controlPlane.${key} != self.metadata.name)`,
);

/**
 * A namespace that is not injected cannot be moved from one revision to another, and a cluster without an istiod has the
 * revision of the istiod that serves it.
 */
function checkRevisions(context: z.core.ParsePayload<Checked>): void {
  const { controlPlane, istio: settled, injectNamespaces, movedNamespaces } = context.value;
  for (const key of ofOwnIstiod) {
    const input = settled?.[key];
    if (input === undefined || controlPlane.own !== undefined) continue;
    context.issues.push({ code: 'custom', message: ofOtherIstiod, input, path: ['istio', key] });
  }
  movedNamespaces.forEach((name, at) => {
    if (injectNamespaces.includes(name)) return;
    context.issues.push({ code: 'custom', message: movedElsewhere, input: name, path: ['movedNamespaces', at] });
  });
}

export const meshCluster = z
  .strictObject({
    apiVersion: z.literal(apiVersion).describe('The version of the format'),
    kind: z.literal('MeshCluster').describe('The kind of the document'),
    metadata: z
      .strictObject({ name: clusterName.describe("The cluster's name within the mesh: Istio's cluster id") })
      .describe('The identity of the cluster'),
    spec: z
      .strictObject({
        access: access.default({}).describe('How Isthmus reaches the API server'),
        network: networkName.describe('Clusters of one network reach each other’s pods directly'),
        controlPlane: controlPlane.default({ own: {} }).describe('Which istiod serves the cluster'),
        injectNamespaces: z
          .array(namespaceName)
          .max(1000)
          .meta({ 'x-kubernetes-list-type': 'set' })
          .default([])
          .describe('The namespaces whose new pods get a sidecar'),
        movedNamespaces: z
          .array(namespaceName)
          .max(1000)
          .meta({ 'x-kubernetes-list-type': 'set' })
          .default([])
          .describe('With previousRevision: those of injectNamespaces that the new revision serves already'),
        gateway: gateway
          .default({ type: 'LoadBalancer' })
          .describe('The east-west gateway, where the mesh spans networks or another cluster needs this istiod'),
        ingress: z
          .strictObject({})
          .optional()
          .describe(
            "Istio's ingress gateway (istio-ingressgateway in istio-system, with a load balancer) for requests from outside the mesh; left out, none",
          ),
        peerServer: z
          .url({ protocol: /^https$/, error: notHttps })
          .regex(/^[^@]*$/, 'must have no user name or password')
          .meta(validation(["self.startsWith('https://') && isURL(self)", notHttps]))
          .optional()
          .describe('The API server as the other clusters reach it'),
        peerCertificateAuthority: z
          .string()
          .max(65_536)
          .refine((text) => certificatesAlone.test(text), notCertificates)
          .meta(validation([certificatesRule, notCertificates]))
          .optional()
          .describe(
            "The CA of that API server's certificate for the other clusters, PEM; left out, the kubeconfig's without peerServer, else the cluster's own",
          ),
        istio: istio.optional().describe('The Istio of this cluster, where it differs from the Mesh'),
        deletionPolicy: z
          .enum(deletionPolicies)
          .optional()
          .describe(
            'What an operator does when this document is deleted: Retain leaves the cluster in the mesh and keeps its record, Uninstall takes it out of the mesh, Abandon forgets that Isthmus made what is there; left out, Retain',
          ),
        onUnreachable: z
          .enum(unreachablePolicies)
          .optional()
          .describe(
            'What an operator does where nobody reaches the API server for minutes: Keep leaves the others as they are, Drain has them send nothing there until it answers, Remove brings them to the mesh without it after that; left out, Keep',
          ),
        probe: z
          .enum(['On', 'Off'])
          .optional()
          .describe(
            'Off: the operator keeps no pod here that sends a light request to each other cluster every 15 seconds; left out, On',
          ),
      })
      .check(checkRevisions)
      .meta(specRules)
      .describe('What the cluster is to the mesh'),
  })
  .meta(validation([servedByItself.join(' && '), 'spec.controlPlane must name another cluster than this one']))
  .describe('A cluster of the mesh');

export type MeshCluster = z.output<typeof meshCluster>;
