import { clusterName, meshName } from '../../../src/api/name.ts';
import { createIntermediate, createIssuer, createRoot } from '../../../src/pki/authority.ts';
import { caCertsTexts } from '../../../src/pki/bundle.ts';
import {
  type Data,
  type Fault,
  type FaultKind,
  inSystem,
  kubectl,
  type Name,
  newIstiod,
  restarted,
  rolledOut,
  type Step,
  serverOf,
} from './fault.ts';

/** The intermediate of another mesh's root, for this cluster. */
async function foreign(at: Name): Promise<Data> {
  const environment = { crypto: globalThis.crypto, now: Date.now() };
  const other = { mesh: meshName.parse('other'), trustDomain: 'cluster.local' };
  const issuer = await createIssuer(await createRoot(other, environment), other, environment);
  const cluster = clusterName.parse(at);
  const texts = caCertsTexts(await createIntermediate(issuer, { ...other, cluster, lifetime: '24h' }, environment));
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}

/** All that got its certificate in this cluster gets a new one. */
function certified(at: Name): readonly Step[] {
  return [
    ...newIstiod(at),
    { roots: 'agree' },
    kubectl(at, '-n', 'sample', 'rollout', 'restart', 'deployment'),
    ...restarted(at, 'istio-system', 'istio-eastwestgateway'),
    ...[serverOf(at), 'client'].map((name) => rolledOut(at, 'sample', name)),
  ];
}

interface TrustFault {
  readonly at: Name;
  /** The Deployment in namespace sample that gets its certificate from the CA that istiod has then. */
  readonly restarted: string;
  readonly inject: readonly Step[];
}

function trust(what: string, red: Fault['red'], { at, restarted: deployment, inject }: TrustFault): Fault {
  return {
    name: `${at}: ${what}, istiod and ${deployment} restarted`,
    group: 'trust',
    place: 'declared',
    // What starts before istiod has given out its root may have a certificate of either: nobody could tell which.
    inject: [...inject, ...newIstiod(at), { roots: 'differ' }, ...restarted(at, 'sample', deployment)],
    heal: [],
    after: certified(at),
    red,
    causes: [{ code: 'trust-bundle', cluster: at }],
  };
}

/** Without `cacerts` istiod makes a CA for itself, which stays in a Secret. */
function deleted(at: Name, deployment: string, red: Fault['red']): Fault {
  const inject = [inSystem(at, 'delete', 'secret', 'cacerts')];
  const fault = trust('cacerts deleted', red, { at, restarted: deployment, inject });
  return { ...fault, after: [inSystem(at, 'delete', 'secret', 'istio-ca-secret'), ...fault.after] };
}

export const trustKinds: readonly FaultKind[] = [
  (at, peer) => deleted(at, serverOf(at), [`${peer} ${at}`]),
  (at, peer) => ({
    ...trust('cacerts of another root', [`${peer} ${at}`], {
      at,
      restarted: serverOf(at),
      inject: [{ at, edit: 'secret/cacerts', data: () => foreign(at) }],
    }),
    heal: [inSystem(at, 'delete', 'secret', 'cacerts')],
  }),
  (at, peer) => deleted(at, 'client', [`${at} ${peer}`]),
];
