import { type Fault, type FaultKind, inSample, inSystem, type Name } from './fault.ts';

interface Added {
  readonly kind: string;
  readonly apiVersion: string;
  readonly namespace: 'istio-system' | 'sample';
  readonly spec: object;
}

/** An object that somebody adds beside those of the mesh. */
export function added(
  what: string,
  at: Name,
  { kind, apiVersion, namespace, spec }: Added,
): Pick<Fault, 'name' | 'place' | 'inject' | 'heal' | 'after'> {
  const remove = ['delete', kind.toLowerCase(), 'fault', '--ignore-not-found'];
  return {
    name: `${at}: ${what}`,
    place: namespace === 'sample' ? "a user's namespace" : 'elsewhere in the mesh',
    inject: [{ at, object: { apiVersion, kind, metadata: { name: 'fault', namespace }, spec } }],
    heal: [namespace === 'sample' ? inSample(at, ...remove) : inSystem(at, ...remove)],
    after: [],
  };
}

const authorization = { kind: 'AuthorizationPolicy', apiVersion: 'security.istio.io/v1' };
const authentication = { kind: 'PeerAuthentication', apiVersion: 'security.istio.io/v1' };

export const policyKinds: readonly FaultKind[] = [
  (at, peer) => ({
    ...added('AuthorizationPolicy of the whole mesh denies everything', at, {
      ...authorization,
      namespace: 'istio-system',
      spec: {},
    }),
    group: 'policy',
    red: [`${peer} ${at}`, `${at} ${at}`],
    causes: [{ code: 'policy-denies', cluster: at }],
  }),
  (at, peer) => ({
    ...added('AuthorizationPolicy of the namespace denies everything', at, {
      ...authorization,
      namespace: 'sample',
      spec: {},
    }),
    group: 'policy',
    red: [`${peer} ${at}`, `${at} ${at}`],
    causes: [{ code: 'policy-denies', cluster: at }],
  }),
  (at, peer) => ({
    ...added('PeerAuthentication of the whole mesh disables mutual TLS', at, {
      ...authentication,
      namespace: 'istio-system',
      spec: { mtls: { mode: 'DISABLE' } },
    }),
    group: 'policy',
    red: [`${peer} ${at}`],
    causes: [{ code: 'mtls-disabled', cluster: at }],
  }),
  (at, peer) => ({
    ...added('PeerAuthentication of the namespace disables mutual TLS', at, {
      ...authentication,
      namespace: 'sample',
      spec: { mtls: { mode: 'DISABLE' } },
    }),
    group: 'policy',
    red: [`${peer} ${at}`],
    causes: [{ code: 'mtls-namespace', cluster: at }],
  }),
  (at, peer) => ({
    ...added('AuthorizationPolicy denies the port of the server', at, {
      ...authorization,
      namespace: 'sample',
      spec: { action: 'DENY', rules: [{ to: [{ operation: { ports: ['5000'] } }] }] },
    }),
    group: 'policy',
    red: [`${peer} ${at}`, `${at} ${at}`],
    causes: [{ code: 'policy-denies', cluster: at }],
  }),
];
