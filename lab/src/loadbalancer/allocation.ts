import { type BalancedService, serviceKey } from './service.ts';

/** Which Service (`namespace/name`) has which address. */
export type Allocation = ReadonlyMap<string, string>;

export interface AllocationResult {
  readonly allocation: Allocation;
  /** Services for which the pool has no address left. */
  readonly unserved: readonly string[];
}

/**
 * An address of the pool for every Service that wants one. A Service keeps what it holds, or what its status says
 * (so that a restart moves nothing); a free address that it asks for is granted; others get the first free one.
 */
export function allocate(
  pool: readonly string[],
  services: readonly BalancedService[],
  held: Allocation,
): AllocationResult {
  const wanting = services.filter((service) => service.wanted);
  const allocation = new Map<string, string>();
  const free = new Set(pool);
  const grant = (service: BalancedService, address: string | undefined): void => {
    const key = serviceKey(service);
    if (address === undefined || allocation.has(key) || !free.delete(address)) return;
    allocation.set(key, address);
  };
  for (const service of wanting) grant(service, held.get(serviceKey(service)));
  for (const service of wanting) {
    for (const ingress of service.ingress) grant(service, 'ip' in ingress ? ingress.ip : undefined);
  }
  for (const service of wanting) grant(service, service.requested);
  for (const service of wanting) grant(service, free.values().next().value);
  return { allocation, unserved: wanting.map(serviceKey).filter((key) => !allocation.has(key)) };
}
