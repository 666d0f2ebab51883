import { z } from 'zod';

/** Every condition of a MeshCluster that the operator writes, in the order in which it writes them. */
export const conditionTypes = [
  'Available',
  'Reachable',
  'TrustReady',
  'ControlPlaneReady',
  'GatewayReady',
  'Discovered',
  'DataPath',
  'UpToDate',
  'Drifted',
] as const;

export type ConditionType = (typeof conditionTypes)[number];

/** Every reason that a condition can carry, with what it says. */
export const conditionReasons = {
  Confirmed: 'It was looked at and is so.',
  NotConfirmed: 'One look found it wrong, and a second one has not yet confirmed that.',
  NotLooked: 'The operator has not looked at it yet.',
  Outdated: 'What was last seen is too old to be relied on.',
  Unread: 'A part of it could not be read.',
  Unreachable: 'The API server does not answer.',
  CredentialRefused: 'The API server refuses the credential.',
  CredentialEnding: 'A token is in the last quarter of its life and was not renewed, or has ended.',
  AccessDenied: 'The credential lacks a right.',
  AccessMissing: 'The Secret with the kubeconfig is missing or cannot be used.',
  IssuerMissing: 'The mesh has no issuer, and the operator never makes a root.',
  TrustInvalid: 'Existing certificates do not belong to the mesh.',
  CertificateEnding: 'The intermediate ends soon, or has ended.',
  NoCertificate: 'The cluster has no intermediate yet.',
  IstiodMissing: 'There is no istiod that serves the cluster.',
  IstiodNotReady: 'istiod is not whole.',
  GatewayMissing: 'The mesh spans networks and the cluster has no east-west gateway.',
  GatewayNotReady: 'The east-west gateway is not whole.',
  GatewayWithoutAddress: 'The east-west gateway has no address.',
  OneNetwork: 'The mesh is on one network, where no east-west gateway is needed.',
  PeerNotConfigured: 'A peer has no remote secret here.',
  PeerNotRead: 'istiod has not read a peer, or gets no answer from it now.',
  EndpointsFrozen: 'istiod holds other endpoints of a peer than the peer itself, in two of three looks.',
  FindingsFound: 'Something else is wrong, which the message names.',
  NotProbed: 'No request is sent through the mesh to prove it.',
  PairFailing: 'Requests to a peer fail.',
  GatewayNotReached: 'A peer gets no TLS handshake from an address of the gateway.',
  ProbeNotReady: 'The pod that proves it sends no requests.',
  Applied: 'The cluster holds what the mesh declares.',
  Reconciling: 'The operator is bringing the cluster to what the mesh declares.',
  Paused: 'The annotation isthmus.dev/paused keeps the operator from writing.',
  InvalidDocuments: 'The documents do not describe a mesh.',
  DeletionGuard: 'More objects would be deleted than an apply may delete.',
  ApplyFailed: 'The cluster could not be brought to what the mesh declares.',
  Leaving: 'The document was deleted, and the cluster is let go of as its deletionPolicy says.',
  LeaveRefused: 'The mesh cannot do without the cluster, whose document was deleted.',
  Drained: 'The cluster is not reached, and the others send nothing there until it answers.',
  Removed: 'The cluster is not reached, and the others are brought to the mesh without it until it answers.',
  NoDrift: 'Nobody else has changed what the operator keeps.',
  ChangedByOthers: 'Someone else changes what the operator keeps.',
} as const;

export type ConditionReason = keyof typeof conditionReasons;

export const conditionReasonNames = Object.keys(conditionReasons) as readonly ConditionReason[];

const moment = z.string().meta({ format: 'date-time' });

const generation = z.int().min(0).meta({ format: 'int64' });

export const condition = z
  .strictObject({
    type: z
      .string()
      .max(316)
      .refine((text): text is ConditionType => conditionTypes.some((one) => one === text))
      .describe('What is judged'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Unknown also where what is known is too old'),
    reason: z
      .string()
      .min(1)
      .max(1024)
      .refine((text): text is ConditionReason => text in conditionReasons)
      .describe('Why, as one word of a closed list'),
    message: z.string().max(32_768).describe('Why, and what to do about it'),
    lastTransitionTime: moment.describe('When the status last changed'),
    lastProbeTime: moment.optional().describe('When what it is judged by was last seen'),
    observedGeneration: generation.optional().describe('The generation of the object that it is about'),
  })
  .describe('What is true of one side of the cluster');

export type Condition = z.output<typeof condition>;

/** The whole of a cluster in one word. */
export const phases = ['Created', 'Reconciling', 'Available', 'Unreachable', 'Degraded', 'Failed', 'Leaving'] as const;

export type Phase = (typeof phases)[number];

/** What the operator writes into the status of a MeshCluster, and nobody else. */
export const meshClusterStatus = z
  .strictObject({
    observedGeneration: generation.optional().describe('The generation of the spec that the status is about'),
    phase: z.enum(phases).optional().describe('The whole in one word; a condition says why'),
    network: z.string().max(253).optional().describe('The network of the cluster'),
    controlPlane: z
      .string()
      .max(253)
      .optional()
      .describe('Which istiod serves the cluster: own, or the cluster in which it runs'),
    peers: z
      .string()
      .max(32)
      .optional()
      .describe('Peers that answer the istiod here and the probe, of those that it is to read: 2/2; ? where not known'),
    gateways: z
      .string()
      .max(32)
      .optional()
      .describe('Pods of the east-west gateway that are available, of those wanted: 1/1; - on one network'),
    ingress: z
      .string()
      .max(253)
      .optional()
      .describe('Where the ingress gateway is reached; - while it has no address; left out where none is declared'),
    certificateNotAfter: moment.optional().describe("When the intermediate of the cluster's istiod ends"),
    certificateLeft: z
      .string()
      .max(32)
      .optional()
      .describe('How long that is away, in whole days (in hours below two days), when the status was written'),
    conditions: z
      .array(condition)
      .max(32)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
      .describe('What is true of each side of the cluster'),
  })
  .describe('What the operator saw; nobody else writes it');

export type MeshClusterStatus = z.output<typeof meshClusterStatus>;

/**
 * Holds the operator back from writing to a cluster (on its MeshCluster), to all of them (on the Mesh), or what steers a service (on its
 * MeshService).
 */
export const pausedAnnotation = 'isthmus.dev/paused';

/**
 * On a MeshCluster: the tokens with which its peers read it are renewed now, once for each value. For tests of the mesh, and for people
 * who no longer trust a token.
 */
export const renewTokenAnnotation = 'isthmus.dev/renew-token';
