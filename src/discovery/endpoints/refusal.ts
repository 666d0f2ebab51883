import { oncePer } from '../../base/memo.ts';
import type { IstiodView, ProxyNode } from '../values/model.ts';
import { answer } from './query.ts';

/** Hosts with an endpoint that has no address: of a ServiceEntry, or a WorkloadEntry that any service selects. */
const addressless = oncePer((view: IstiodView): readonly string[] => {
  const lacksAddress = (host: string): boolean =>
    (view.listed.get(host) ?? []).some((service) => {
      const mayLack = service.provider === 'External' || view.hasWorkloadsWithoutAddress;
      const shards = mayLack ? view.shards(service) : [];
      return shards.some(({ endpoints }) => endpoints.some(({ address }) => address === ''));
    });
  return [...view.listed.keys()].filter(lacksAddress);
});

/**
 * The services of a proxy with an endpoint that Envoy refuses (trap T24). It refuses the whole response, with the endpoints of all
 * services: a new proxy has none at all.
 */
export function refusedServices(view: IstiodView, proxy: ProxyNode): readonly string[] {
  return addressless(view).filter((host) => {
    const services = [...(view.services.get(host)?.values() ?? [])];
    const ports = new Set(services.flatMap((service) => service.ports.map(({ port }) => port)));
    return [...ports].some((port) => {
      const found = answer(view, proxy, { host, port, subset: '', mode: 'outbound' });
      return found.outcome === 'Answer' && found.excluded.some(({ reason }) => reason === 'envoy-refused');
    });
  });
}
