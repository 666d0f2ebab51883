import { z } from 'zod';
import { renewTokenAnnotation } from '../api/mesh-cluster-status.ts';
import { decodeBase64Text } from '../base/base64.ts';
import { parseJson } from '../base/parse-json.ts';
import type { KubeObject } from '../objects/object.ts';

/** On a remote secret whose token an operator made and renews: when that token ends, RFC 3339. */
export const tokenEndAnnotation = 'isthmus.dev/token-not-after';

/** What a remote secret says of a token that is renewed. */
export interface TokenMark {
  /** Milliseconds since the epoch, in whole seconds. */
  readonly notAfter: number;
  /** The last value of `isthmus.dev/renew-token` that was followed. */
  readonly asked?: string | undefined;
}

/** What a token says of itself; its signature does not matter here. */
export interface TokenClaims {
  /** Milliseconds since the epoch. */
  readonly notAfter: number | undefined;
  readonly issuedAt: number | undefined;
  /** The UID of its account: a token ends with the account that it is of. */
  readonly account: string | undefined;
}

// RFC 7519 section 4.1: seconds. Kubernetes pkg/serviceaccount/claims.go has the bound form, legacy.go the one of Secrets.
const claims = z.looseObject({
  exp: z.number().optional(),
  iat: z.number().optional(),
  'kubernetes.io': z.looseObject({ serviceaccount: z.looseObject({ uid: z.string() }).optional() }).optional(),
  'kubernetes.io/serviceaccount/service-account.uid': z.string().optional(),
});

/** The claims of a JSON Web Token; undefined for anything else. */
export function claimsOf(token: string): TokenClaims | undefined {
  const parsed = claims.safeParse(parseJson(decodeBase64Text(token.split('.')[1] ?? '') ?? ''));
  if (!parsed.success) return undefined;
  const { exp, iat, 'kubernetes.io': bound, 'kubernetes.io/serviceaccount/service-account.uid': legacy } = parsed.data;
  const at = (seconds: number | undefined): number | undefined => (seconds === undefined ? undefined : seconds * 1000);
  return { notAfter: at(exp), issuedAt: at(iat), account: bound?.serviceaccount?.uid ?? legacy };
}

export function tokenAnnotations({ notAfter, asked }: TokenMark): Readonly<Record<string, string>> {
  const end = `${new Date(notAfter).toISOString().slice(0, 19)}Z`;
  return { [tokenEndAnnotation]: end, ...(asked === undefined ? {} : { [renewTokenAnnotation]: asked }) };
}

/** What a remote secret says of its token, by its metadata alone; undefined where nobody renews it. */
export function tokenMark({ metadata: { annotations } }: KubeObject): TokenMark | undefined {
  const notAfter = Date.parse(annotations?.[tokenEndAnnotation] ?? '');
  if (Number.isNaN(notAfter)) return undefined;
  return { notAfter, asked: annotations?.[renewTokenAnnotation] };
}

/** A token that an operator renews, as a remote secret holds it. */
export interface RenewedToken extends TokenMark {
  readonly token: string;
}

/**
 * The token of a remote secret where an operator made it. Whoever put another one there has not changed what the annotation
 * says, so that one is not taken for it.
 */
export function renewedToken(secret: KubeObject, token: string): RenewedToken | undefined {
  const mark = tokenMark(secret);
  return mark !== undefined && claimsOf(token)?.notAfter === mark.notAfter ? { ...mark, token } : undefined;
}

/** Whether a token that is renewed stands in for the endless one of an account: it ends with its account. */
export function standsIn({ token }: Pick<RenewedToken, 'token'>, endless: string): boolean {
  const [own, other] = [claimsOf(token)?.account, claimsOf(endless)?.account];
  return own === undefined || other === undefined || own === other;
}

/** When a token is to be renewed, in milliseconds since the epoch: after half of its life. Now, where it says too little. */
export function tokenDueAt(token: string): number {
  const { issuedAt, notAfter } = claimsOf(token) ?? {};
  return issuedAt === undefined || notAfter === undefined ? 0 : issuedAt + (notAfter - issuedAt) / 2;
}

/** From when on a token that nobody has renewed is about to end: in the last quarter of its life. Undefined where it does not end. */
export function tokenEndingFrom(token: string): number | undefined {
  const { issuedAt, notAfter } = claimsOf(token) ?? {};
  if (notAfter === undefined) return undefined;
  return issuedAt === undefined ? notAfter : notAfter - (notAfter - issuedAt) / 4;
}
