import {
  type Fault,
  type FaultKind,
  inSample,
  inSystem,
  kubectl,
  type Name,
  newServer,
  rolledOut,
  type Step,
  serverOf,
} from './fault.ts';

/** What is lost shows when the server gets a new pod. */
function lost(what: string, at: Name, peer: Name, inject: readonly Step[]): Fault {
  return {
    name: `${at}: ${what}, server replaced`,
    group: 'istiod',
    place: 'declared',
    inject: [...inject, newServer(at)],
    heal: [],
    after: [newServer(at), inSample(at, 'rollout', 'status', `deployment/${serverOf(at)}`, '--timeout=240s')],
    red: [`${peer} ${at}`],
  };
}

/** The new pod starts all the same: before it has, requests of its own cluster fail too. */
function withoutSidecar(what: string, at: Name, peer: Name, inject: readonly Step[]): Fault {
  const fault = lost(what, at, peer, inject);
  return { ...fault, inject: [...fault.inject, rolledOut(at, 'sample', serverOf(at))] };
}

export const istiodKinds: readonly FaultKind[] = [
  (at, peer) => ({
    ...lost('istiod scaled to 0', at, peer, [
      inSystem(at, 'scale', 'deployment/istiod', '--replicas=0'),
      inSystem(at, 'wait', '--for=delete', 'pod', '-l', 'app=istiod', '--timeout=240s'),
    ]),
    heal: [inSystem(at, 'scale', 'deployment/istiod', '--replicas=1')],
  }),
  (at, peer) =>
    lost('istiod Deployment deleted', at, peer, [
      inSystem(at, 'delete', 'deployment/istiod'),
      inSystem(at, 'wait', '--for=delete', 'pod', '-l', 'app=istiod', '--timeout=240s'),
    ]),
  (at, peer) => lost('istiod Service deleted', at, peer, [inSystem(at, 'delete', 'service/istiod')]),
  (at, peer) => ({
    ...withoutSidecar('namespace without its injection label', at, peer, [
      kubectl(at, 'label', 'namespace', 'sample', 'istio-injection-'),
    ]),
    place: "declared of a user's namespace",
  }),
  (at, peer) =>
    withoutSidecar('injection webhook deleted', at, peer, [
      kubectl(at, 'delete', 'mutatingwebhookconfiguration', 'istio-sidecar-injector'),
    ]),
];
