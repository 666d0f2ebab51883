import type { Evidence, Finding } from '../../base/finding.ts';
import { option, type Remedy, remedy, repeat, run } from '../../base/remedy.ts';
import type { RouteAnswer } from '../../discovery/rules/virtual-service.ts';
import type { NoAnswerCode } from '../../discovery/values/answer.ts';
import type { PathProblemCode } from './path.ts';
import { isUnjudged } from './verdict.ts';

export type TraceFindingCode =
  | NoAnswerCode
  | PathProblemCode
  | Extract<RouteAnswer, { outcome: 'NotRouted' }>['code']
  | 'name-not-resolved'
  | 'no-istiod'
  | 'no-endpoint'
  | 'endpoints-unread'
  | 'objects-unread'
  | 'none-healthy';

/** Something that keeps requests from being answered; a warning where the model does not say whether it does. */
export interface TraceFinding extends Finding {
  readonly code: TraceFindingCode;
  /** Percent of the requests that it takes. */
  readonly share: number;
}

interface FindingSubject {
  /** The cluster in which requests end. */
  readonly cluster?: string;
  readonly evidence?: readonly Evidence[];
  /** Left out, that of the code. */
  readonly remedy?: Remedy | undefined;
}

/** A finding about a share of the requests; `explanation` is a sentence. */
export function traceFinding(
  code: TraceFindingCode,
  explanation: string,
  share: number,
  { cluster, evidence, remedy: own }: FindingSubject = {},
): TraceFinding {
  return {
    code,
    ...(isUnjudged(code) ? { severity: 'warning', confidence: 'Unknown' } : { severity: 'error' }),
    message: explanation.replace(/\.$/, ''),
    remedy: own ?? remedies[code],
    share,
    ...(cluster === undefined || cluster === '' ? {} : { cluster }),
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/** An edit of the mesh's own gateway may be the cause. */
function orAsDeclared(hint: string): Remedy {
  return remedy`${hint}; ${run('apply')} makes a gateway of the mesh as declared`;
}

const notModelled = 'test the request itself: the model says nothing about it';

const remedies: Readonly<Record<TraceFindingCode, Remedy>> = {
  'ambient-not-modelled': notModelled,
  'answered-by-proxy':
    'give the route a destination instead of a redirect or a response of its own, if that is not meant',
  'certificate-not-known': remedy`see with ${run('trust')} what istiod signs with and which certificates proxies hold; where that is as you want it, restart the pods that have run since before`,
  'endpoints-unread': remedy`have the API server of that cluster answer and the right to read it granted, then ${repeat()}`,
  'host-not-served': orAsDeclared(
    "add the host to the Gateway's server, or send the request to one of the hosts that it names",
  ),
  'name-not-resolved':
    "create a Service of that name in the caller's cluster, or set ISTIO_META_DNS_CAPTURE for its sidecar",
  'no-common-root': remedy`see with ${run('trust')} which cluster has certificates of another root, and what to do`,
  'no-dns-hosts':
    "add an endpoint for the caller's place to the ServiceEntry, or leave its endpoints out so that the host itself is resolved",
  'no-endpoint': 'bring up pods that the Service selects, or correct what leaves the existing ones out',
  'no-filter-chain': "make the service known to the gateway's istiod, with the same port and subset",
  'no-gateway-pod': orAsDeclared("bring up the gateway's pods, or correct the selector of its Service"),
  'no-healthy-endpoint': 'bring up ready pods behind the gateway',
  'no-istiod': 'bring up an istiod that serves the cluster, or read the cluster that its istiod runs in as well',
  'no-match': 'add a route that matches the request, or one without conditions as the last',
  'no-mtls-at-server': 'add the sidecar to the server, or allow mutual TLS in its PeerAuthentication',
  'no-passthrough-server': orAsDeclared(
    'create a Gateway with a server in tls.mode AUTO_PASSTHROUGH that selects the proxy',
  ),
  'no-server': orAsDeclared(
    "give the Gateway a server in tls.mode AUTO_PASSTHROUGH on the port of the gateway's Service",
  ),
  'no-such-port': 'send the request to one of the ports that the Service has, or add the port to the Service',
  'none-healthy': 'bring the pods back to ready',
  'not-eds': notModelled,
  'not-exported': "export the Service to the caller's namespace (exportTo)",
  'not-in-sidecar-scope': 'add the host to spec.egress of the Sidecar that holds for the caller',
  'objects-unread': remedy`have the right to list these kinds granted in that cluster, then ${repeat()}`,
  'other-network': remedy`give the network a gateway that istiod can use (${run('apply')} makes one of the mesh as declared), or say that the networks are connected with ${option('connected', 'NETWORK-NETWORK')}`,
  'passed-through': 'create a Service or ServiceEntry of that name, or test the request itself',
  'pod-gone': 'wait until the endpoint is gone from the proxy, or restart the istiod that no longer tells it',
  'policy-denies': 'add a rule for the caller to the AuthorizationPolicy, if it is to be let in',
  'policy-not-decided': remedy`say ${option('path')} and ${option('method')} where it depends on those; otherwise test the request itself`,
  'route-not-modelled': notModelled,
  'router-not-modelled': notModelled,
  'strict-refuses-plaintext':
    'add the sidecar to the caller, or set mode PERMISSIVE for the port in the PeerAuthentication',
  'subset-missing': 'add the subset to the DestinationRule of the host, or take it out of the route',
  'too-many-gateways': orAsDeclared(
    'set ISTIO_META_REQUESTED_NETWORK_VIEW of each east-west gateway to its own network',
  ),
  'unknown-host': 'create the Service, or correct the name of the host',
  'unknown-sni': 'send mutual TLS with the server name that istiod gives, of the form outbound_.port_.subset_.host',
};
