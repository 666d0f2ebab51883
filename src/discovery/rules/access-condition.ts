import { isWildcard } from '../values/host-name.ts';
import { redacted } from '../values/redacted.ts';

/** A request as the server that takes it sees it, as far as the question says. */
export interface AccessRequest {
  /** `cluster.local/ns/shop/sa/web`; undefined for a connection without mutual TLS. */
  readonly principal: string | undefined;
  /** The port of the pod. */
  readonly port: number;
  /** Undefined where the server takes the connection for TCP. */
  readonly http: HttpFacts | undefined;
}

/** What is known of an HTTP request; what is left out is not known. */
export interface HttpFacts {
  readonly method?: string;
  /** With the query, if any. */
  readonly path?: string;
  readonly host?: string;
  /** All that the request has, by name in lower case. */
  readonly headers?: ReadonlyMap<string, string>;
}

/** True, false, or undefined where the question does not decide it. */
export type Decided = boolean | undefined;

/** One attribute of a rule with the values that it may and may not have (pilot/pkg/security/authz/model/model.go, rule). */
export interface AccessCondition {
  readonly key: string;
  readonly values: readonly string[];
  readonly notValues: readonly string[];
}

/** Where a policy is, and the trust domains that count as the mesh's own: its own first, then the aliases. */
export interface PolicyPlace {
  readonly namespace: string;
  readonly trustDomains: readonly string[];
}

export function allOf(parts: readonly Decided[]): Decided {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

export function anyOf(parts: readonly Decided[]): Decided {
  if (parts.includes(true)) return true;
  return parts.includes(undefined) ? undefined : false;
}

/** True where a server that takes connections for TCP cannot look at the attribute. */
export function isHttpOnly(key: string): boolean {
  return key.startsWith('request.') || key === 'host' || key === 'path' || key === 'method';
}

/** True for attributes that the identity of the caller and the port decide. */
export function isAlwaysDecided(key: string): boolean {
  return key in ofConnection;
}

export function meets(
  { key, values, notValues }: AccessCondition,
  request: AccessRequest,
  place: PolicyPlace,
): Decided {
  const one = (value: string): Decided => hasValue(key, value, { request, place });
  const isOneOf = values.length === 0 ? true : anyOf(values.map(one));
  const isNoneOf = notValues.length === 0 ? true : not(anyOf(notValues.map(one)));
  return allOf([isOneOf, isNoneOf]);
}

function not(decided: Decided): Decided {
  return decided === undefined ? undefined : !decided;
}

interface Question {
  readonly request: AccessRequest;
  readonly place: PolicyPlace;
}

/** What identity and port decide; without mutual TLS there is no identity, and no value fits. */
const ofConnection: Readonly<Record<string, (value: string, question: Question) => boolean>> = {
  'source.principal': (value, { request, place }) =>
    request.principal !== undefined && principalsOf(value, place).some((one) => fits(one, request.principal ?? '')),
  'source.namespace': (value, { request }) => {
    const namespace = partsOf(request.principal)?.namespace;
    return namespace !== undefined && fitsGlob(value, namespace);
  },
  'source.serviceAccount': (value, { request, place }) => {
    const parts = partsOf(request.principal);
    const named = value.includes('/') ? value : `${place.namespace}/${value}`;
    return parts !== undefined && named === `${parts.namespace}/${parts.serviceAccount}`;
  },
  'source.trustDomain': (value, { request, place }) => {
    const trustDomain = partsOf(request.principal)?.trustDomain;
    const expanded = place.trustDomains.includes(value) ? place.trustDomains : [value];
    return trustDomain !== undefined && expanded.some((one) => fitsGlob(one, trustDomain));
  },
  'destination.port': (value, { request }) => Number(value) === request.port,
};

function hasValue(key: string, value: string, question: Question): Decided {
  const { http = {} } = question.request;
  const decide = ofConnection[key];
  if (decide !== undefined) return decide(value, question);
  switch (key) {
    case 'host':
      return http.host === undefined ? undefined : fits(value.toLowerCase(), http.host.toLowerCase());
    case 'method':
      return http.method === undefined ? undefined : fits(value, http.method);
    case 'path':
      return fitsPath(value, http.path);
    default:
      return key.startsWith(headerKey) ? fitsHeader(key, value, http) : undefined;
  }
}

/** Templates (`/a/{*}`) are left open. */
function fitsPath(value: string, path: string | undefined): Decided {
  if (path === undefined || value.includes('{')) return undefined;
  return fits(value, path.split('?', 1)[0] ?? '');
}

const headerKey = 'request.headers[';

function fitsHeader(key: string, value: string, { headers }: HttpFacts): Decided {
  if (headers === undefined) return undefined;
  const found = headers.get(key.slice(headerKey.length).replace(/\]$/, '').toLowerCase());
  if (found === undefined || value === '*') return found !== undefined;
  return value === redacted ? undefined : fits(value, found);
}

/** A value with `*` at its beginning or end, which alone stands for any text but none (matcher/string.go). */
function fits(value: string, text: string): boolean {
  if (value === '*') return text !== '';
  if (value.startsWith('*')) return text.endsWith(value.slice(1));
  return value.endsWith('*') ? text.startsWith(value.slice(0, -1)) : text === value;
}

/** A value with `*` anywhere, for any text (generator.go, srcNamespaceGenerator). */
function fitsGlob(value: string, text: string): boolean {
  const [first = '', ...rest] = value.split('*');
  if (rest.length === 0) return text === value;
  const last = rest.pop() ?? '';
  let at = first.length;
  if (!text.startsWith(first)) return false;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

interface IdentityParts {
  readonly trustDomain: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

function partsOf(principal: string | undefined): IdentityParts | undefined {
  const [trustDomain, ns, namespace, sa, serviceAccount] = principal?.split('/') ?? [];
  const isWhole = ns === 'ns' && sa === 'sa' && trustDomain !== undefined;
  if (!isWhole || namespace === undefined || serviceAccount === undefined) return undefined;
  return { trustDomain, namespace, serviceAccount };
}

/**
 * A principal for each trust domain of the mesh, where it names one of them; `cluster.local` stands for the mesh's own
 * whatever it is called (pilot/pkg/security/trustdomain/bundle.go, ReplaceTrustDomainAliases).
 */
function principalsOf(principal: string, { trustDomains }: PolicyPlace): readonly string[] {
  const [own = '', ...rest] = principal.split('/');
  if (rest.length !== 4 || own === '*') return [principal];
  const isOwn = own === 'cluster.local' || trustDomains.some((one) => fits(own, one));
  if (!isOwn) return [principal];
  return trustDomains.map((one) => (isWildcard(own) && fits(own, one) ? principal : [one, ...rest].join('/')));
}
