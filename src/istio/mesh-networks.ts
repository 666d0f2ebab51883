import type { JsonObject } from '../base/json.ts';
import { parseGatewayAddress } from './gateway-address.ts';

/** A cluster whose gateway is reached at addresses that the mesh file gives. */
export interface AddressedGateway {
  readonly network: string;
  readonly addresses: readonly string[];
}

/**
 * The value `global.meshNetworks` for gateways behind address translation: the one place where an istiod takes a
 * gateway's address, a host name or a port from that no object of that cluster states. Only the gateways are given:
 * which network a pod is in follows from the label on istio-system, which goes first
 * (pilot/pkg/serviceregistry/kube/controller/controller.go, Network). Undefined where no gateway needs it.
 */
export function meshNetworks(gateways: readonly AddressedGateway[]): JsonObject | undefined {
  if (gateways.length === 0) return undefined;
  const networks = new Set(gateways.map(({ network }) => network));
  return Object.fromEntries([...networks].map((network) => [network, { gateways: addressesOf(network, gateways) }]));
}

function addressesOf(network: string, gateways: readonly AddressedGateway[]): readonly JsonObject[] {
  const texts = gateways.filter((gateway) => gateway.network === network).flatMap(({ addresses }) => addresses);
  return [...new Set(texts)].map((text) => {
    const { host, port } = parseGatewayAddress(text);
    return { address: host, port };
  });
}
