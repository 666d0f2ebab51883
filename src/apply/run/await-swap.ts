import type { ClusterName } from '../../api/name.ts';
import type { Clock } from '../../base/clock.ts';
import { IsthmusError } from '../../base/error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { readSlices } from '../../observe/endpoint-slices.ts';
import { type HeldOfPeer, type LossOfPeer, lossesOf, readHeld } from '../../observe/held-endpoints.ts';
import type { IstiodPlace } from '../../observe/istiod.ts';

export interface SwapLook {
  /** The cluster whose token is swapped. */
  readonly peer: ClusterName;
  /** That cluster itself. */
  readonly target: KubeClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** istiod reads the whole cluster with the new token before it gives up what it read with the old one. */
const limitMs = 60_000;
/** What an istiod holds has to be whole for so long: it takes the new registry in the place of the old one at some moment. */
const quietMs = 3_000;
const lookEveryMs = 250;

/** What each istiod holds of a peer before its token is swapped. Without an istiod that can say so nothing is swapped. */
export async function heldNow(
  place: IstiodPlace | undefined,
  { peer, signal }: SwapLook,
): Promise<readonly HeldOfPeer[]> {
  const held = place === undefined ? [] : await readHeld(place, [peer], signal);
  if (held.length > 0 && held.every(({ isSynced }) => isSynced)) return held;
  const why = held.length === 0 ? 'no istiod is ready' : 'istiod has not read it';
  throw new IsthmusError('timeout', `the token for ${peer} is not renewed now: ${why}`, {
    retry: true,
    remedy: 'see why in the other conditions; the token in use is valid until its end',
  });
}

/** Waits until every istiod holds of the peer what it held before; gives what was lost where it does not. */
export async function awaitSwap(
  place: IstiodPlace | undefined,
  before: readonly HeldOfPeer[],
  look: SwapLook,
): Promise<string | undefined> {
  const { clock, signal } = look;
  const until = clock.monotonic() + limitMs;
  let wholeSince: number | undefined;
  for (;;) {
    const problem = place === undefined ? undefined : await lossNow(place, before, look);
    const now = clock.monotonic();
    wholeSince = problem === undefined ? (wholeSince ?? now) : undefined;
    if (wholeSince !== undefined && now - wholeSince >= quietMs) return undefined;
    if (problem !== undefined && now > until) return problem;
    await clock.sleep(lookEveryMs, signal);
  }
}

async function lossNow(
  place: IstiodPlace,
  before: readonly HeldOfPeer[],
  { peer, target, signal }: SwapLook,
): Promise<string | undefined> {
  const after = await readHeld(place, [peer], signal);
  const unread = after.find(({ isSynced }) => !isSynced);
  if (unread !== undefined) return `${unread.pod} has not read ${peer} with the new token`;
  const losses = lossesOf(before, after);
  if (losses.length === 0) return undefined;
  const { addresses } = await readSlices(target, signal);
  return lossText(losses, addresses);
}

/** An endpoint that the cluster itself no longer has was not lost by the swap. */
function lossText(losses: readonly LossOfPeer[], existing: ReadonlySet<string>): string | undefined {
  for (const { pod, endpoints, gateways } of losses) {
    const [gateway] = gateways;
    if (gateway !== undefined) return `${pod} lost the gateway ${gateway}`;
    const lost = endpoints.filter((one) => existing.has(addressOf(one)));
    if (lost.length > 0) return `${pod} lost ${lost.length} endpoints, ${lost[0]} among them`;
  }
  return undefined;
}

/** The address of `NAMESPACE/HOST ADDRESS:PORT`. */
function addressOf(endpoint: string): string {
  const place = endpoint.slice(endpoint.lastIndexOf(' ') + 1);
  return place.slice(0, place.lastIndexOf(':'));
}
