import type { Finding } from '../../../base/finding.ts';
import { canonicalJson } from '../../../base/json.ts';
import { type Action, execute, kubectl, remedy } from '../../../base/remedy.ts';
import type { AdoptionWish, InstalledGateway, InstalledIstio } from '../../../istio/adoption.ts';
import { eastWestSelector, networkLabel, networkViewVariable } from '../../../istio/names.ts';
import { firstOf } from '../../facts/reading.ts';
import { type Misfit, misfit } from './misfit.ts';

/** Ways into the cluster that do not lead into the network that the mesh has it in. */
export function gatewayFindings(wish: AdoptionWish, found: InstalledIstio, at: string): readonly Finding[] {
  if (!wish.spansNetworks) return [];
  const misfits = found.gateways.flatMap((gateway) => [
    ...serviceMisfits(wish, gateway),
    ...workloadMisfits(wish, gateway),
    ...selectorMisfits(gateway),
  ]);
  return [
    ...misfits.map((one) => misfit('adopt-gateway', wish, at, { ...one, category: 'Network' })),
    ...elsewhereMisfits(wish, found).map((one) =>
      misfit('adopt-gateway-elsewhere', wish, at, { ...one, category: 'Network' }),
    ),
  ];
}

/** What looks like a way in where the administrator of one namespace could have put it: whether it is one is for the user to say. */
function elsewhereMisfits({ context, network }: AdoptionWish, { elsewhere }: InstalledIstio): readonly Misfit[] {
  const byNamespace = Map.groupBy(elsewhere, ({ namespace }) => namespace);
  const [namespace] = byNamespace.keys();
  if (namespace === undefined) return [];
  const names = firstOf(elsewhere.map((one) => `${one.kind} ${one.namespace}/${one.name}`));
  const label = kubectl('--context', context, 'label', 'namespace', namespace, `${networkLabel}=${network}`);
  return [
    {
      message: `${names} would be a way into the cluster, but not for the mesh: no label ${networkLabel} on its namespace says that it is more than an object of that namespace's administrators`,
      remedy: remedy`${label} if that is the gateway that the mesh is to use`,
      source: `Namespace ${namespace}`,
      severity: 'info',
    },
  ];
}

function serviceMisfits(wish: AdoptionWish, gateway: InstalledGateway): readonly Misfit[] {
  const { name, namespace, network } = gateway;
  if (network === wish.network) return [];
  const label = `${networkLabel}=${wish.network}`;
  return [
    {
      message: `Service ${namespace}/${name} is the way into network ${network}, and the mesh has the cluster in ${wish.network}`,
      remedy: [byHelm(wish, gateway) ?? inNamespace(wish, gateway, 'label', 'service', name, label, '--overwrite')],
      source: `Service ${namespace}/${name}`,
    },
  ];
}

/** A gateway that states another network than its Service passes on nothing that comes in. */
function workloadMisfits(wish: AdoptionWish, gateway: InstalledGateway): readonly Misfit[] {
  const { namespace, workload } = gateway;
  if (workload === undefined) return [];
  const { name, network, view } = workload;
  const source = `Deployment ${namespace}/${name}`;
  const misfits: Misfit[] = [];
  if (network !== '' && network !== wish.network) {
    const labels = { [networkLabel]: wish.network };
    const patch = canonicalJson({ spec: { template: { metadata: { labels } } } });
    misfits.push({
      message: `the pods of Deployment ${namespace}/${name} are in network ${network}, and the mesh has the cluster in ${wish.network}`,
      remedy: [byHelm(wish, gateway) ?? inNamespace(wish, gateway, 'patch', 'deployment', name, '-p', patch)],
      source,
    });
  }
  if (view.length > 0 && !view.includes(wish.network)) {
    const variable = `${networkViewVariable}=${wish.network}`;
    misfits.push({
      message: `Deployment ${namespace}/${name} is given the endpoints of network ${view.join(', ')} alone (${networkViewVariable}), and the mesh has the cluster in ${wish.network}`,
      remedy: [byHelm(wish, gateway) ?? inNamespace(wish, gateway, 'set', 'env', `deployment/${name}`, variable)],
      source,
    });
  }
  return misfits;
}

function selectorMisfits({ name, namespace, selectsEastWest }: InstalledGateway): readonly Misfit[] {
  if (selectsEastWest) return [];
  return [
    {
      message: `the pods behind Service ${namespace}/${name} are not labelled istio=${eastWestSelector}, where the mesh exposes its services`,
      remedy: `label the pods and the selector of that gateway istio=${eastWestSelector}`,
      source: `Service ${namespace}/${name}`,
    },
  ];
}

function inNamespace({ context }: AdoptionWish, { namespace }: InstalledGateway, ...args: readonly string[]): Action {
  return kubectl('--context', context, '-n', namespace, ...args);
}

/** The chart gives one network to Service, pods and view at once; undefined where it was not it. */
function byHelm({ context, network }: AdoptionWish, { release, namespace }: InstalledGateway): Action | undefined {
  if (release === undefined) return undefined;
  const place = ['-n', namespace, '--kube-context', context, '--reuse-values'];
  return execute('helm', 'upgrade', release, 'istio/gateway', ...place, '--set', `networkGateway=${network}`);
}
