import { z } from 'zod';
import { IsthmusError } from '../../base/error.ts';
import { parseJson } from '../../base/parse-json.ts';
import { type Remedy, remedy, repeat, runOn } from '../../base/remedy.ts';
import { isOfWebhook, wordsAboutSecret } from './secret-words.ts';
import type { HttpAnswer } from './transport.ts';

/** Kubernetes' answer to what it refuses (meta/v1 Status). */
const status = z.looseObject({
  kind: z.literal('Status'),
  message: z.string().optional(),
  reason: z.string().optional(),
  code: z.number().optional(),
  details: z
    .looseObject({
      name: z.string().optional(),
      kind: z.string().optional(),
      retryAfterSeconds: z.number().optional(),
      causes: z
        .array(
          z.looseObject({
            reason: z.string().optional(),
            message: z.string().optional(),
            field: z.string().optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});

export type Status = z.output<typeof status>;

/** The Status in a text, or undefined where it is something else (a proxy's page, `404 page not found`). */
export function parseStatus(text: string): Status | undefined {
  return text.startsWith('{') ? status.safeParse(parseJson(text)).data : undefined;
}

/** What a request was for, for messages. */
export interface Purpose {
  readonly cluster: string;
  readonly server: string;
  /** Where the access comes from, as `ClusterAccess` has it. */
  readonly origin: string;
  /** `read ConfigMap default/a`: completes "cannot". */
  readonly action: string;
  /** True where the server's words could repeat the content of a Secret. */
  readonly confidential?: boolean;
}

/** The error for an answer that refuses; the server's own words are kept, they are the best there are. */
export function statusError(answer: HttpAnswer, purpose: Purpose): IsthmusError {
  const parsed = parseStatus(answer.text);
  const { cluster, server, origin, action } = purpose;
  const said = spoken(answer, parsed, purpose);
  const message = `cluster ${cluster}: cannot ${action}: ${said}`;
  switch (answer.status) {
    case 401:
      return new IsthmusError(
        'authentication-failed',
        `cluster ${cluster}: ${server} does not accept our credentials`,
        {
          cluster,
          remedy: `log in again: the token or certificate of ${origin} has expired or belongs to another cluster`,
        },
      );
    case 403:
      if (isEnding(message)) return endingError(message, cluster);
      if (isPolicy(message)) return new IsthmusError('kubernetes-error', message, { cluster });
      return new IsthmusError('access-denied', message, {
        cluster,
        remedy: grantsUnheld.test(message)
          ? remedy`grant the user of ${origin} every right that this gives: ${roles} prints them`
          : remedy`grant the user of ${origin} this right (${roles} prints the roles with which a command works), or name another user's access in spec.access`,
      });
    case 404:
      return new IsthmusError('not-found', message, { cluster, remedy: remedyNotFound(parsed) });
    case 409:
      return conflictError(parsed, message, purpose);
    default:
      return otherError(answer, message, { parsed, cluster });
  }
}

/**
 * True for the words in which an API server refuses to write into a namespace (NamespaceLifecycle) or of a definition
 * (apiextensions-apiserver, customresource_handler.go) that is being deleted: a 403 that is no matter of rights.
 */
function isEnding(message: string): boolean {
  return /because it is being terminated|while custom resource definition is terminating/.test(message);
}

function endingError(message: string, cluster: string): IsthmusError {
  return new IsthmusError('kubernetes-error', message, {
    cluster,
    remedy: remedy`find out what deletes it, wait until it is gone, then ${repeat()}`,
  });
}

/** True for the words in which admission refuses an object with a 403: a webhook, a policy, a quota. */
function isPolicy(message: string): boolean {
  return isDeniedByWebhook(message) || /denied request|violates PodSecurity|exceeded quota/.test(message);
}

const roles = runOn('COMMAND', 'rbac');

/** The words in which Kubernetes refuses to give rights that the giver does not have (pkg/registry/rbac/validation). */
const grantsUnheld = /attempting to grant RBAC permissions not currently held/;

/** True where a role or a binding was refused because it gives rights that we do not have. */
export function isEscalation({ code, message }: IsthmusError): boolean {
  return code === 'access-denied' && grantsUnheld.test(message);
}

function remedyNotFound(parsed: Status | undefined): Remedy {
  if (parsed?.details?.kind === 'namespaces') return `create the namespace ${parsed.details.name ?? ''} first`;
  return remedy`${repeat()}: the object may have been deleted meanwhile`;
}

/** A server-side apply refuses with one cause a field: `conflict with "helm" using apps/v1`, field `.spec.replicas`. */
function conflictError(parsed: Status | undefined, message: string, purpose: Purpose): IsthmusError {
  const { cluster, action, confidential } = purpose;
  const mayQuote = confidential === true && parsed !== undefined && isOfWebhook(parsed);
  const managers = mayQuote ? new Map<string, string[]>() : fieldManagers(parsed);
  if (managers.size > 0) {
    const owners = [...managers].map(([manager, fields]) => `${manager} owns ${listed(fields)}`).join('; ');
    return new IsthmusError('conflict', `cluster ${cluster}: cannot ${action}: ${owners}`, {
      cluster,
      remedy: 'let the other tool give up these fields, or take them out of what Isthmus sets',
    });
  }
  if (parsed?.reason === 'AlreadyExists') {
    return new IsthmusError('conflict', message, {
      cluster,
      remedy: 'find out what made it, and whether it is still needed',
    });
  }
  return new IsthmusError('conflict', message, {
    cluster,
    remedy: remedy`${repeat()}: the object was changed or replaced meanwhile`,
  });
}

/** The fields that other field managers own, by manager, from the causes of a Status. */
export function fieldManagers(parsed: Status | undefined): Map<string, string[]> {
  const managers = new Map<string, string[]>();
  for (const cause of parsed?.details?.causes ?? []) {
    if (cause.reason !== 'FieldManagerConflict') continue;
    const manager = /conflict with "([^"]*)"/.exec(cause.message ?? '')?.[1] ?? 'another manager';
    managers.set(manager, [...(managers.get(manager) ?? []), cause.field ?? '(unnamed field)']);
  }
  return managers;
}

function listed(fields: readonly string[]): string {
  const shown = fields.slice(0, 5).join(', ');
  return fields.length > 5 ? `${shown} and ${fields.length - 5} more` : shown;
}

interface OtherContext {
  readonly parsed: Status | undefined;
  readonly cluster: string;
}

function otherError(answer: HttpAnswer, message: string, { parsed, cluster }: OtherContext): IsthmusError {
  // Server-side apply reports an unknown field of a built-in kind with code 500, of a custom resource with 400.
  if (isAboutSchema(parsed?.message ?? '')) {
    return new IsthmusError('kubernetes-error', message, {
      cluster,
      remedy:
        "correct the field's name, or update Kubernetes or the CRD: the cluster's version of this kind lacks the field",
    });
  }
  if (answer.status === 504 || answer.status === 408) {
    return new IsthmusError('timeout', message, { cluster, retry: true, remedy: remedy`${repeat()}` });
  }
  if (isServerFault(answer)) return new IsthmusError('kubernetes-error', message, { cluster, retry: true });
  if (isOverload(answer)) {
    return new IsthmusError('kubernetes-error', message, {
      cluster,
      retry: true,
      remedy: remedy`wait a moment, then ${repeat()}: the API server is overloaded or not ready`,
    });
  }
  return new IsthmusError('kubernetes-error', message, { cluster });
}

function spoken(answer: HttpAnswer, parsed: Status | undefined, { confidential }: Purpose): string {
  if (parsed?.message === undefined) return `HTTP ${answer.status}`;
  if (confidential === true) return wordsAboutSecret(answer.status, parsed);
  // On one line, so that nothing in it looks like a line of ours.
  return parsed.message.replaceAll(/[\r\n]+\s*/g, ' ');
}

/** Answers that say "later": too many requests, or a server (or load balancer before it) that is not ready. */
export function isOverload(answer: HttpAnswer): boolean {
  if (answer.status === 429 || [502, 503, 504].includes(answer.status)) return true;
  return answer.status === 500 && retryAfterMs(answer) !== undefined;
}

/**
 * A failure inside the server that is no judgement of the request: etcd without a leader, a webhook that gave no answer.
 */
export function isServerFault(answer: HttpAnswer): boolean {
  return answer.status === 500 && !isOverload(answer) && !isAboutSchema(parseStatus(answer.text)?.message ?? '');
}

/** True for the words in which an API server refuses a field that its version of a kind lacks. */
export function isAboutSchema(message: string): boolean {
  return /field not declared in schema|strict decoding error|unknown field/.test(message);
}

/** True for the words in which an API server passes on a webhook's refusal (apiserver pkg/admission/plugin/webhook/errors). */
export function isDeniedByWebhook(message: string): boolean {
  return /admission webhook .* denied the request/.test(message);
}

/** True for the words in which an API server refuses a trial because a webhook takes none: they say nothing of the object. */
export function isAboutTrial(message: string): boolean {
  return /does not support dry run/.test(message);
}

/** True where an API server judged an object, as invalid or against a policy: the same request is refused again. */
export function isJudged({ code, retry }: IsthmusError): boolean {
  return !retry && code === 'kubernetes-error';
}

/** Whatever a server asks for, nobody waits longer for the same answer. */
const longestRetryAfterMs = 3_600_000;

/**
 * How long the server asks us to wait, in milliseconds, an hour at most: the Retry-After header, else the Status' own
 * field.
 */
export function retryAfterMs(answer: HttpAnswer): number | undefined {
  const header = answer.headers['retry-after'];
  const value = Array.isArray(header) ? header[0] : header;
  if (value !== undefined && /^[0-9]{1,6}$/.test(value)) return Math.min(Number(value) * 1000, longestRetryAfterMs);
  const seconds = parseStatus(answer.text)?.details?.retryAfterSeconds;
  return seconds === undefined || seconds <= 0 ? undefined : Math.min(seconds * 1000, longestRetryAfterMs);
}
