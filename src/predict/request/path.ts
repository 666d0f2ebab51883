/**
 * The words of the prediction, from the part to the whole:
 *
 * - A **path** is one way that requests to an endpoint take to the pod that answers, or to where they end.
 * - A **leg** is all paths of one endpoint, with the sender at its near end. A leg over a gateway goes on behind it.
 * - A **passage** is what one gateway does with the connections that reach it: the second half of such a leg.
 * - A **hop** is a host that Envoy uses, with its leg.
 * - A **delivery** is all hops of one of Envoy's clusters, and how many requests reach a pod over them.
 */
import type { BlockedCode, GatewayPassage } from '../../discovery/endpoints/east-west.ts';
import type { HttpFacts } from '../../discovery/rules/access-condition.ts';
import type { EffectiveEndpoint } from '../../discovery/values/answer.ts';

/** A part of the mesh that a path runs over: `cluster:east`, `gateway:east`, `network-link:eu-us`. */
export type Part = string;

/** The link that a connection from one network to another runs over, if any. */
export function linkBetween(one: string, other: string): readonly Part[] {
  const isAcross = one !== '' && other !== '' && one !== other;
  if (!isAcross) return [];
  return [one < other ? `network-link:${one}-${other}` : `network-link:${other}-${one}`];
}

/** Why the server that a connection ends at does not take it. */
export type RefusalCode =
  | 'no-common-root'
  /** One of the two may hold a certificate of a root before its cluster's present one. */
  | 'certificate-not-known'
  | 'strict-refuses-plaintext'
  | 'no-mtls-at-server'
  /** AuthorizationPolicies deny it. */
  | 'policy-denies'
  /** They may, by what the question does not say. */
  | 'policy-not-decided';

export type PathProblemCode =
  | BlockedCode
  | RefusalCode
  /** It is sent to a pod of another network, without a gateway. */
  | 'other-network'
  | 'pod-gone'
  | 'too-many-gateways'
  | 'no-healthy-endpoint';

/** Why a path ends before any pod. */
export interface PathProblem<Code extends PathProblemCode = PathProblemCode> {
  readonly code: Code;
  readonly explanation: string;
}

export interface Path {
  /** Of the requests to the endpoint, in percent. */
  readonly share: number;
  /** The cluster whose pod answers; undefined where none does. */
  readonly cluster: string | undefined;
  readonly parts: readonly Part[];
  readonly problem: PathProblem | undefined;
}

export interface Leg {
  readonly paths: readonly Path[];
  /** What each gateway at the address does, where the endpoint is a gateway. */
  readonly passages: readonly GatewayPassage[];
  /** Sentences. */
  readonly assumptions: readonly string[];
}

/** What the server of a request may go by to let it in. */
export interface Access {
  /** `cluster.local/ns/shop/sa/web`: who the caller is, where mutual TLS shows it. */
  readonly principal: string;
  /** Undefined where the server takes the connection for TCP. */
  readonly http: HttpFacts | undefined;
  /** Equal for requests of an inquiry that are let in alike. */
  readonly key: string;
}

/** Who sends over a leg. */
export interface Sender {
  readonly cluster: string;
  /** `NAMESPACE/NAME` */
  readonly pod: string;
  readonly network: string;
  /** Whether the request travels in mutual TLS that begins at the client. */
  readonly mtls: boolean;
  /** How many gateways it has come through. */
  readonly gateways: number;
  /** Undefined in a mesh without AuthorizationPolicies. */
  readonly access: Access | undefined;
}

export interface Hop {
  readonly endpoint: EffectiveEndpoint;
  readonly leg: Leg;
}
