import { type Fault, type FaultKind, inSample, type Name, onlyIn, serverOf } from './fault.ts';
import { added } from './policy-kinds.ts';

const host = (cluster: Name): string => `only-${cluster}.sample.svc.cluster.local`;

function served(what: string, at: Name, rest: Pick<Fault, 'inject' | 'heal' | 'red' | 'causes'>): Fault {
  return { name: `${at}: ${what}`, group: 'services', place: "a user's namespace", after: [], ...rest };
}

export const serviceKinds: readonly FaultKind[] = [
  (at, peer) =>
    served('Service deleted where it is called', at, {
      inject: [inSample(at, 'delete', 'service', `only-${peer}`)],
      heal: [{ at, object: onlyIn(peer) }],
      red: [`${at} ${peer}`],
      causes: [{ code: 'name-not-resolved', cluster: at }],
    }),
  (at, peer) =>
    served('Service whose port has another name', at, {
      inject: [
        inSample(at, 'patch', 'service', `only-${at}`, '-p', '{"spec":{"ports":[{"port":5000,"name":"http-other"}]}}'),
      ],
      heal: [{ at, object: onlyIn(at) }],
      red: [`${peer} ${at}`],
      causes: [{ code: 'join-port-differs' }],
    }),
  (at, peer) =>
    served('Service that selects nothing', at, {
      inject: [inSample(at, 'patch', 'service', `only-${at}`, '-p', '{"spec":{"selector":{"app":"none"}}}')],
      heal: [{ at, object: onlyIn(at) }],
      red: [`${peer} ${at}`, `${at} ${at}`],
      causes: [{ code: 'join-service-differs' }],
    }),
  (at, peer) =>
    served('server scaled to 0', at, {
      inject: [inSample(at, 'scale', 'deployment', serverOf(at), '--replicas=0')],
      heal: [inSample(at, 'scale', 'deployment', serverOf(at), '--replicas=1')],
      red: [`${peer} ${at}`, `${at} ${at}`],
      causes: [{ code: 'no-endpoint' }],
    }),
  (at, peer) => ({
    ...added('DestinationRule without TLS where it is called', at, {
      kind: 'DestinationRule',
      apiVersion: 'networking.istio.io/v1',
      namespace: 'sample',
      spec: { host: host(peer), trafficPolicy: { tls: { mode: 'DISABLE' } } },
    }),
    group: 'services',
    red: [`${at} ${peer}`],
    causes: [{ code: 'rule-without-mtls', cluster: at }],
  }),
  (at, peer) => ({
    ...added('VirtualService that routes to a subset that nothing defines', at, {
      kind: 'VirtualService',
      apiVersion: 'networking.istio.io/v1',
      namespace: 'sample',
      spec: { hosts: [host(peer)], http: [{ route: [{ destination: { host: host(peer), subset: 'none' } }] }] },
    }),
    group: 'services',
    red: [`${at} ${peer}`],
    causes: [{ code: 'subset-missing', cluster: at }],
  }),
];
