import type { Credential } from '../access/credential.ts';
import { backoffMs } from './backoff.ts';
import { isOverload, isServerFault, retryAfterMs } from './status.ts';
import type { HttpAnswer } from './transport.ts';
import type { ConnectionProblem } from './unreachable.ts';

/** Attempts in all, the first included: together about six seconds of waiting, so a restarting API server is outlived. */
const maxAttempts = 6;
/**
 * A failure inside the server may last, and what closes its first connections may be no API server at all: that is worth
 * more than another second.
 */
const maxAttemptsAtFaults = 3;
const retryBackoff = { firstMs: 200, capMs: 3_000 } as const;

/** How one attempt ended. `credential`: as whom it was sent. */
export type Outcome = { readonly credential: Credential } & (
  | { readonly answer: HttpAnswer; readonly error?: undefined }
  | { readonly answer?: undefined; readonly error: unknown; readonly problem: ConnectionProblem }
);

/** How often such a call is tried in all; `reached`: the server has answered before. */
export function attemptsFor(outcome: Outcome, reached: boolean): number {
  return isFault(outcome) || (!reached && outcome.answer === undefined) ? maxAttemptsAtFaults : maxAttempts;
}

/** How long to wait before the same call is sent again, in milliseconds; `random` gives numbers in [0, 1). */
export function pauseMs({ answer }: Outcome, failures: number, random: () => number): number {
  const asked = answer === undefined ? undefined : retryAfterMs(answer);
  return Math.max(asked ?? 0, backoffMs(retryBackoff, failures, random));
}

/** A token, certificate or authority that was read before may have been replaced on disk or have expired. */
export function needsRenewal(outcome: Outcome): boolean {
  return outcome.answer === undefined ? outcome.problem.kind === 'Certificate' : outcome.answer.status === 401;
}

function isFault({ answer }: Outcome): boolean {
  return answer !== undefined && isServerFault(answer);
}

/** True where sending the same call again can do no harm and may help; `reached`: the server has answered before. */
export function mayRepeat(call: { readonly repeatable: boolean }, outcome: Outcome, reached: boolean): boolean {
  if (outcome.answer !== undefined) {
    // 429 is given before anything is done, so even a create may be repeated.
    return outcome.answer.status === 429 || (call.repeatable && (isOverload(outcome.answer) || isFault(outcome)));
  }
  const { kind } = outcome.problem;
  // The server may close an idle connection just as we use it, and a load balancer any.
  if (kind === 'Reset') return call.repeatable;
  const transient = kind === 'Refused' || kind === 'TimedOut' || kind === 'HostNotFound' || kind === 'NoRoute';
  // Without a connection nothing was done: any call may be repeated. A server that never answered is a wrong address.
  return reached && transient;
}
