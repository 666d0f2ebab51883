import {
  drifted,
  type ExpectedCause,
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

interface Loss {
  readonly inject: readonly Step[];
  readonly cause: ExpectedCause;
}

/** What is lost shows when the server gets a new pod. */
function lost(what: string, at: Name, peer: Name, { inject, cause }: Loss): Fault {
  return {
    name: `${at}: ${what}, server replaced`,
    group: 'istiod',
    place: 'declared',
    inject: [...inject, newServer(at)],
    heal: [],
    after: [newServer(at), inSample(at, 'rollout', 'status', `deployment/${serverOf(at)}`, '--timeout=240s')],
    red: [`${peer} ${at}`],
    causes: [cause],
  };
}

/** The new pod starts all the same: before it has, requests of its own cluster fail too. */
function withoutSidecar(what: string, at: Name, peer: Name, loss: Loss): Fault {
  const fault = lost(what, at, peer, loss);
  return { ...fault, inject: [...fault.inject, rolledOut(at, 'sample', serverOf(at))] };
}

/** istiod's own pods are gone before the server is replaced. */
const gone = (at: Name): Step => inSystem(at, 'wait', '--for=delete', 'pod', '-l', 'app=istiod', '--timeout=240s');

const notReady = (at: Name): ExpectedCause => ({ code: 'control-plane-not-ready', cluster: at });

export const istiodKinds: readonly FaultKind[] = [
  (at, peer) => ({
    ...lost('istiod scaled to 0', at, peer, {
      inject: [inSystem(at, 'scale', 'deployment/istiod', '--replicas=0'), gone(at)],
      cause: notReady(at),
    }),
    heal: [inSystem(at, 'scale', 'deployment/istiod', '--replicas=1')],
  }),
  (at, peer) =>
    lost('istiod Deployment deleted', at, peer, {
      inject: [inSystem(at, 'delete', 'deployment/istiod'), gone(at)],
      cause: notReady(at),
    }),
  (at, peer) =>
    lost('istiod Service deleted', at, peer, {
      inject: [inSystem(at, 'delete', 'service/istiod')],
      cause: drifted(at, 'Service istio-system/istiod'),
    }),
  (at, peer) => ({
    ...withoutSidecar('namespace without its injection label', at, peer, {
      inject: [kubectl(at, 'label', 'namespace', 'sample', 'istio-injection-')],
      cause: { code: 'injection-label', cluster: at },
    }),
    place: "declared of a user's namespace",
  }),
  (at, peer) =>
    withoutSidecar('injection webhook deleted', at, peer, {
      inject: [kubectl(at, 'delete', 'mutatingwebhookconfiguration', 'istio-sidecar-injector')],
      cause: drifted(at, 'MutatingWebhookConfiguration istio-sidecar-injector'),
    }),
];
