import { request } from 'node:https';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { IsthmusError } from '../base/error.ts';
import { parseJson } from '../base/parse-json.ts';
import { remedy, runOn } from '../base/remedy.ts';
import { connectionProblem } from '../kube/transport/unreachable.ts';
import { planVariable } from './protocol.ts';

/** An API server that a pod is to reach. */
export const reachTarget = z.object({
  cluster: z.string(),
  server: z.string(),
  /** PEM text; left out where the system's own authorities are to know the certificate. */
  certificateAuthority: z.string().optional(),
});
export type ReachTarget = z.output<typeof reachTarget>;

/** The orders of the pod of `join`. */
export const reachPlan = z.object({ targets: z.array(reachTarget).min(1) });
export type ReachPlan = z.output<typeof reachPlan>;

/** `Untrusted`: something answers, but its certificate is not that of this API server at this address. */
export const reachLine = z.object({
  type: z.literal('reach'),
  cluster: z.string(),
  outcome: z.enum(['Reached', 'Untrusted', 'NotReached']),
  detail: z.string(),
});
export type ReachLine = z.output<typeof reachLine>;

/** Opens a target once. Never rejects. */
export type Open = (target: ReachTarget) => Promise<Omit<ReachLine, 'type' | 'cluster'>>;

export interface ReachOptions {
  readonly plan: ReachPlan;
  readonly clock: Clock;
  readonly write: (line: string) => void;
  readonly signal: AbortSignal;
  readonly open?: Open;
}

/** The network of a pod that was just made may need a moment. */
const attempts = 4;
const retryMs = 750;
const answerMs = 4_000;

/** Opens every API server of the plan and writes the results, a line each. */
export async function runReach({ plan, clock, write, signal, open = openServer }: ReachOptions): Promise<void> {
  await Promise.all(
    plan.targets.map(async (target) => {
      let result = await open(target);
      for (let tried = 1; result.outcome === 'NotReached' && tried < attempts && !signal.aborted; tried += 1) {
        await clock.sleep(retryMs, signal);
        result = await open(target);
      }
      write(JSON.stringify({ type: 'reach', cluster: target.cluster, ...result } satisfies ReachLine));
    }),
  );
}

/** The lines of the log that are results. */
export function parseReachLines(text: string): readonly ReachLine[] {
  return text.split('\n').flatMap((line) => reachLine.safeParse(parseJson(line)).data ?? []);
}

export function parseReachPlan(text: string | undefined): ReachPlan {
  const parsed = reachPlan.safeParse(parseJson(text ?? ''));
  if (parsed.success) return parsed.data;
  throw new IsthmusError('usage', `${planVariable} holds no plan for this probe`, {
    remedy: remedy`use ${runOn('CLUSTER', 'join')}, which starts the probe in a pod of its own`,
    cause: parsed.error,
  });
}

/** One GET without a credential: any answer at all shows the way, and its certificate that it is the right end. */
function openServer({ server, certificateAuthority }: ReachTarget): ReturnType<Open> {
  const url = new URL('/version', server);
  return new Promise((resolve) => {
    const call = request(
      url,
      {
        agent: false,
        signal: AbortSignal.timeout(answerMs),
        ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
        ...(isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 ? { servername: url.hostname } : {}),
      },
      (response) => {
        response.resume();
        resolve({ outcome: 'Reached', detail: `HTTP ${response.statusCode}` });
      },
    );
    // Node tells of a switch of protocols (101) apart from other answers; it shows the way as they do.
    call.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve({ outcome: 'Reached', detail: 'HTTP 101' });
    });
    call.on('error', (error) => {
      const { kind, words } = connectionProblem(error);
      const detail = error.name === 'TimeoutError' ? `no answer within ${answerMs / 1000} s` : words;
      resolve({ outcome: kind === 'Certificate' ? 'Untrusted' : 'NotReached', detail });
    });
    call.end();
  });
}
