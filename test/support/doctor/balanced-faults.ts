import { type Fault, type FaultKind, type Ingress, inSystem, type Name } from '../truth/fault.ts';
import { quiet } from './quiet-rules.ts';

const service = ['service', 'istio-eastwestgateway'] as const;

/** What stands before a gateway, in no object of the mesh. */
function balanced(
  what: string,
  at: Name,
  ingress: Ingress,
  rest: Pick<Fault, 'causes' | 'red'> & Partial<Fault>,
): Fault {
  const { inject = [], heal = [], ...others } = rest;
  return quiet(what, at, {
    group: 'gateway and address',
    place: 'between the clusters',
    inject: [...inject, { at, balanced: ingress }],
    // The mesh's own is of the lab's load balancer again.
    heal: [...heal, inSystem(at, 'delete', ...service, '--ignore-not-found')],
    ...others,
  });
}

/** istiod's own HTTPS, on the port of a gateway. */
const endsTls = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'ends-tls', namespace: 'istio-system' },
  spec: { type: 'LoadBalancer', selector: { app: 'istiod' }, ports: [{ port: 15_443, targetPort: 15_017 }] },
};

/** Faults of load balancers, of which those without a name in DNS show by requests alone. */
export const balancedKinds: readonly FaultKind[] = [
  (at, peer) =>
    balanced(
      'gateway with a host name that does not resolve',
      at,
      { hostname: 'gone.example.invalid' },
      {
        red: [`${peer} ${at}`],
        causes: [{ code: 'gateway-address', cluster: at }],
      },
    ),
  (at, peer) =>
    balanced(
      'gateway that gives out an address which others do not reach',
      at,
      { ip: '198.18.255.254' },
      {
        red: [`${peer} ${at}`],
        causes: [{ code: 'verify-connect', cluster: at }],
        shownBy: 'Requests',
      },
    ),
  (at, peer) =>
    balanced(
      'gateway behind something that ends TLS',
      at,
      { of: endsTls.metadata.name },
      {
        inject: [{ at: peer, object: endsTls }],
        heal: [inSystem(peer, 'delete', 'service', endsTls.metadata.name, '--ignore-not-found')],
        red: [`${peer} ${at}`],
        causes: [{ code: 'verify-gateway' }],
        shownBy: 'Requests',
      },
    ),
];
