import { type FaultKind, inSystem, type Name, replaced, rolledOut, type Step } from '../truth/fault.ts';
import { quiet } from './quiet-rules.ts';

/** An istiod with another variable, which it has read. */
export function istiodWith(at: Name, variable: string): readonly Step[] {
  return [inSystem(at, 'set', 'env', 'deployment/istiod', variable), rolledOut(at, 'istio-system', 'istiod')];
}

/** What an istiod is started with, and what its gateway lets in. */
export const quietIstiodKinds: readonly FaultKind[] = [
  (at) =>
    quiet('istiod that waits for its peers without a limit', at, {
      group: 'istiod',
      place: 'declared',
      inject: [...istiodWith(at, 'PILOT_REMOTE_CLUSTER_TIMEOUT=0')],
      // No apply takes out what it never set.
      heal: [...istiodWith(at, 'PILOT_REMOTE_CLUSTER_TIMEOUT-')],
      causes: [{ code: 'istiod-waits', cluster: at }],
    }),
  (at, peer) =>
    quiet('istiod that takes kubeconfigs from a folder', at, {
      group: 'remote secret and token',
      place: 'elsewhere in the mesh',
      inject: [...istiodWith(at, 'PILOT_MULTICLUSTER_KUBECONFIG_PATH=/etc/clusters')],
      heal: [...istiodWith(at, 'PILOT_MULTICLUSTER_KUBECONFIG_PATH-')],
      red: [`${at} ${peer}`],
      causes: [{ code: 'kubeconfig-folder', cluster: at }],
    }),
  (at) =>
    quiet('Gateway object that exposes every host', at, {
      group: 'gateway and address',
      place: 'declared',
      inject: [replaced(at, 'gateway.networking.istio.io/cross-network-gateway', '/spec/servers/0/hosts', ['*'])],
      causes: [{ code: 'drift', cluster: at, object: 'Gateway istio-system/cross-network-gateway' }],
    }),
];
