import type { Counted, Loss } from './steady.ts';

/** The requests of an ordeal. */
export interface CountedOrdeal extends Counted {
  /**
   * Clusters whose node Kubernetes took for not ready meanwhile, as it does when an API server comes back before the node has
   * renewed its Lease: its pods are no endpoints then, whoever keeps the mesh.
   */
  readonly notReady: readonly string[];
}

/** `west → east: 12 of "503 upstream connect error", ...` */
export function causesOf(losses: readonly Loss[]): string {
  const groups = Map.groupBy(losses, ({ pair, why }) => `${pair.replace(' ', ' → ')}: ${shortened(why)}`);
  return [...groups].map(([what, all]) => `${what} ×${all.length}`).join('; ');
}

function shortened(why: string): string {
  return why.replace(/upstream connect error or disconnect\/reset before headers\. /, '').replaceAll('|', '/');
}

/** What a caller hears that knows of no endpoint. */
const noEndpoint = 'no healthy upstream';
/** What it hears where the gateway of another cluster knows of none: that ends the connection before its handshake. */
const gatewayWithoutEndpoint = 'remote connection failure';
/** A request is tried three times before it is lost. */
const triedMs = 1_000;

/** Requests of a pair fail with an operator only where they fail without one too, or where the server's node was not ready. */
export function lossesOfOurs(ours: CountedOrdeal, theirs: Counted): readonly Loss[] {
  const allowed = new Set(theirs.losses.map(({ pair }) => pair));
  return ours.losses.filter((loss) => !allowed.has(loss.pair) && !isOfNode(loss, ours));
}

function isOfNode({ at, pair, why }: Loss, { losses, notReady }: CountedOrdeal): boolean {
  const [, server = ''] = pair.split(' ');
  if (!notReady.includes(server)) return false;
  if (why.includes(noEndpoint)) return true;
  if (!why.includes(gatewayWithoutEndpoint)) return false;
  // The gateway has its endpoints from the istiod that the callers of its own cluster have theirs from.
  const without = losses.filter((one) => one.pair === `${server} ${server}` && one.why.includes(noEndpoint));
  const times = without.map((one) => one.at);
  return at >= Math.min(...times) - triedMs && at <= Math.max(...times) + triedMs;
}
