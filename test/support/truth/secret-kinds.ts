import {
  drifted,
  type ExpectedCause,
  type Fault,
  type FaultKind,
  inSystem,
  kubectl,
  type Name,
  newIstiod,
  type Step,
} from './fault.ts';

interface SecretFault {
  readonly inject: readonly Step[];
  readonly after?: readonly Step[];
  /** Left out, the remote secret that is not as declared. */
  readonly cause?: ExpectedCause;
}

function secret(what: string, at: Name, peer: Name, { inject, after = [], cause }: SecretFault): Fault {
  return {
    name: `${at}: ${what}`,
    group: 'remote secret and token',
    place: 'declared',
    inject,
    heal: [],
    after,
    red: [`${at} ${peer}`],
    causes: [cause ?? drifted(at, `Secret istio-system/istio-remote-secret-${peer}`)],
  };
}

/** An edit of the kubeconfig in a remote secret. */
function edited(at: Name, peer: Name, pattern: RegExp, text: string): Step {
  return {
    at,
    edit: `secret/istio-remote-secret-${peer}`,
    data: ({ [peer]: held = '' }) => {
      const kubeconfig = Buffer.from(held, 'base64').toString();
      return { [peer]: Buffer.from(kubeconfig.replace(pattern, text)).toString('base64') };
    },
  };
}

export const secretKinds: readonly FaultKind[] = [
  (at, peer) =>
    secret('remote secret deleted', at, peer, {
      inject: [inSystem(at, 'delete', 'secret', `istio-remote-secret-${peer}`)],
      cause: { code: 'peer-secret', cluster: at },
    }),
  (at, peer) =>
    secret('remote secret without its label', at, peer, {
      inject: [inSystem(at, 'label', 'secret', `istio-remote-secret-${peer}`, 'istio/multiCluster-')],
      cause: { code: 'peer-secret', cluster: at },
    }),
  (at, peer) =>
    secret('remote secret empty, istiod restarted', at, peer, {
      inject: [
        inSystem(
          at,
          'patch',
          'secret',
          `istio-remote-secret-${peer}`,
          '-p',
          JSON.stringify({ data: { [peer]: null } }),
        ),
        ...newIstiod(at),
      ],
    }),
  (at, peer) =>
    secret('token in the remote secret refused', at, peer, {
      inject: [edited(at, peer, /token: .*/, 'token: none'), ...newIstiod(at)],
      after: newIstiod(at),
    }),
  (at, peer) =>
    secret('remote secret with an address where nothing answers', at, peer, {
      inject: [edited(at, peer, /server: .*/, 'server: https://198.18.255.254:6443'), ...newIstiod(at)],
      after: newIstiod(at),
    }),
  (at, peer) =>
    secret('rights of the reader deleted in the other cluster, istiod restarted', at, peer, {
      inject: [kubectl(peer, 'delete', 'clusterrolebinding', 'isthmus-reader'), ...newIstiod(at)],
      after: newIstiod(at),
      cause: drifted(peer, 'ClusterRoleBinding isthmus-reader'),
    }),
  (at, peer) =>
    secret('account of the token deleted in the other cluster, istiod restarted', at, peer, {
      inject: [
        inSystem(peer, 'delete', 'serviceaccount', 'isthmus-reader'),
        { at, refused: `istio-remote-secret-${peer}` },
        ...newIstiod(at),
      ],
      after: newIstiod(at),
      cause: drifted(peer, 'ServiceAccount istio-system/isthmus-reader'),
    }),
];
