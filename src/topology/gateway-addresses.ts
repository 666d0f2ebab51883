import type { MeshCluster } from '../api/mesh-cluster.ts';

type DeclaredGateway = MeshCluster['spec']['gateway'];

/**
 * The addresses that the mesh file gives for a gateway to those of a network; undefined where they take those of its
 * Service.
 */
export function gatewayAddresses(gateway: DeclaredGateway, network: string): readonly string[] | undefined {
  const own = gateway.addressesByNetwork?.find((one) => one.network === network);
  return own?.addresses ?? gateway.addresses;
}
