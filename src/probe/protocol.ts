import { z } from 'zod';
import { IsthmusError } from '../base/error.ts';
import { parseJson } from '../base/parse-json.ts';
import { remedy, run } from '../base/remedy.ts';

/** The environment variable that carries a probe's plan as JSON. */
export const planVariable = 'ISTHMUS_PROBE_PLAN';

/** The container of a probe pod that runs Isthmus; the sidecar is injected beside it. */
export const probeContainer = 'probe';
/** The name that Istio gives the sidecar's container. */
export const sidecarContainer = 'istio-proxy';

/** The port of the probe's Services, and the port that the server pods listen on. */
export const servicePort = 80;
export const serverPort = 8080;

/** The orders of the server pod of one cluster. */
export const serverPlan = z.object({
  cluster: z.string(),
  namespace: z.string(),
  pod: z.string(),
  /** The port to listen on; 0 takes a free one. */
  port: z.int().min(0).max(65_535),
  /** Seconds after which the server deletes its own namespace, in case nobody else did. */
  lifetimeSeconds: z.int().min(1),
});
export type ServerPlan = z.output<typeof serverPlan>;

/** One Service that a client calls. */
export const probeTarget = z.object({
  service: z.string(),
  port: z.int().min(1).max(65_535),
  /** Requests to measure after the first success. */
  requests: z.int().min(1).max(10_000),
  /** Groups of clusters; before it measures, the client waits for an answer from one cluster of every group. */
  groups: z.array(z.array(z.string()).min(1)).min(1),
});
export type ProbeTarget = z.output<typeof probeTarget>;

/** The orders of the client pod of one cluster. */
export const clientPlan = z.object({
  cluster: z.string(),
  namespace: z.string(),
  /** Seconds after which the client stops trying. */
  lifetimeSeconds: z.int().min(1),
  targets: z.array(probeTarget),
});
export type ClientPlan = z.output<typeof clientPlan>;

/** What the server answers to every request. */
export const serverAnswer = z.object({
  cluster: z.string(),
  pod: z.string(),
  /** The header x-forwarded-client-cert as the server's sidecar set it; null where there was none (plaintext). */
  clientCertificate: z.string().nullable(),
});
export type ServerAnswer = z.output<typeof serverAnswer>;

/** One endpoint of a Service as the client's sidecar holds it; counts are since the pod started. */
export const proxyHost = z.object({
  address: z.string(),
  port: z.int(),
  healthy: z.boolean(),
  priority: z.int(),
  weight: z.int(),
  requests: z.int(),
  successes: z.int(),
  errors: z.int(),
  connectFailures: z.int(),
});
export type ProxyHost = z.output<typeof proxyHost>;

/** One handshake that the client made past its sidecar, straight to an endpoint. */
export const dialResult = z.object({
  address: z.string(),
  port: z.int(),
  tcp: z.enum(['Connected', 'Refused', 'Timeout', 'Failed']),
  /** `Closed`: the far side ended the connection before it showed a certificate. `None`: TCP did not connect. */
  tls: z.enum(['Handshake', 'Closed', 'Timeout', 'None']),
  /** The SPIFFE id and the issuer of the certificate that the far side showed. */
  peer: z.string().optional(),
  issuer: z.string().optional(),
  detail: z.string().optional(),
});
export type DialResult = z.output<typeof dialResult>;

/** Everything a client knows about one target: enough to say which hop failed first. */
export const targetEvidence = z.object({
  /** Requests sent so far, those before the first success included. */
  attempts: z.int(),
  /** Milliseconds from the start of the client to the first answer. */
  reachedAfterMs: z.number().optional(),
  lookup: z.object({ address: z.string().optional(), error: z.string().optional() }),
  /** The last of those requests that failed. */
  lastFailure: z
    .object({ status: z.int().optional(), error: z.string().optional(), body: z.string().optional() })
    .optional(),
  /** Answers by cluster: of the measured requests in a result, of the last 50 in a pending line. */
  answers: z.array(z.object({ cluster: z.string(), count: z.int() })),
  /** The distinct identities that servers reported. */
  identities: z.array(
    z.object({ cluster: z.string(), server: z.string().nullable(), client: z.string().nullable(), count: z.int() }),
  ),
  measured: z
    .object({
      requests: z.int(),
      failures: z.int(),
      p50Ms: z.number().nullable(),
      p99Ms: z.number().nullable(),
      /** Of the measurements before this one, which were repeated because a single request failed. */
      earlierFailures: z.int(),
    })
    .optional(),
  proxy: z.discriminatedUnion('state', [
    z.object({ state: z.literal('Known'), hosts: z.array(proxyHost) }),
    /** The sidecar has no cluster for the Service. */
    z.object({ state: z.literal('Missing') }),
    /** The sidecar's admin port did not answer. */
    z.object({ state: z.literal('Unreadable'), error: z.string() }),
  ]),
  dials: z.array(dialResult),
});
export type TargetEvidence = z.output<typeof targetEvidence>;

/** One line of a client's output. */
export const clientLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('proxy'), state: z.enum(['Waiting', 'Ready']), afterMs: z.number(), detail: z.string() }),
  z.object({ type: z.literal('reached'), service: z.string(), afterMs: z.number() }),
  /** The target was not reached so far. Written again only when the evidence changes. */
  z.object({ type: z.literal('pending'), service: z.string(), evidence: targetEvidence }),
  z.object({ type: z.literal('result'), service: z.string(), evidence: targetEvidence }),
  /** Nothing follows. */
  z.object({ type: z.literal('complete') }),
]);
export type ClientLine = z.output<typeof clientLine>;

/** The lines of a client's output. Other lines (a half-written last one, a warning) are left out. */
export function parseClientLines(text: string): ClientLine[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    const parsed = clientLine.safeParse(parseJson(line));
    return parsed.success ? [parsed.data] : [];
  });
}

/** The plan of a server pod. Throws `usage` where it is missing or malformed. */
export function parseServerPlan(text: string | undefined): ServerPlan {
  return parsePlan(serverPlan, text);
}

/** The plan of a client pod. Throws `usage` where it is missing or malformed. */
export function parseClientPlan(text: string | undefined): ClientPlan {
  return parsePlan(clientPlan, text);
}

/** The answer of a probe server, or undefined where the text is something else. */
export function parseServerAnswer(text: string): ServerAnswer | undefined {
  const parsed = serverAnswer.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

export function parsePlan<T>(schema: z.ZodType<T>, text: string | undefined): T {
  const parsed = schema.safeParse(text === undefined ? undefined : parseJson(text));
  if (parsed.success) return parsed.data;
  throw new IsthmusError('usage', `${planVariable} holds no plan for this probe`, {
    remedy: remedy`use ${run('verify')}, which starts the probes in pods of its own`,
    cause: parsed.error,
  });
}
