import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../objects/object.ts';
import { remoteAccess, remoteSecret } from './remote-secret.ts';
import { claimsOf, renewedToken, standsIn, tokenDueAt, tokenMark } from './renewed-token.ts';

function tokenOf(claims: object): string {
  return ['{}', JSON.stringify(claims), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');
}

const [iat, exp] = [1_900_000_000, 1_900_086_400];
const bound = tokenOf({ iat, exp, 'kubernetes.io': { serviceaccount: { name: 'isthmus-reader', uid: 'uid-1' } } });
const access = { cluster: 'east', server: 'https://198.51.100.1', certificateAuthority: 'authority', token: bound };
const renewed = { notAfter: exp * 1000, asked: 'monday' };

function secretWith(token: string, mark = renewed): KubeObject {
  return remoteSecret({ ...access, token, renewed: mark });
}

describe('a remote secret whose token is renewed', () => {
  test('says until when, by its metadata alone', () => {
    const { metadata } = secretWith(bound);
    expect(metadata.annotations?.['isthmus.dev/token-not-after']).toBe('2030-03-18T17:46:40Z');
    expect(tokenMark({ apiVersion: 'v1', kind: 'Secret', metadata })).toEqual(renewed);
    expect(tokenMark(remoteSecret(access))).toBeUndefined();
  });

  test('gives back what it was made of, and nothing where the kubeconfig is of another form', () => {
    expect(remoteAccess(secretWith(bound), 'east')).toEqual({ ...access, identity: undefined });
    expect(remoteAccess(secretWith(bound), 'west')).toBeUndefined();
    expect(remoteAccess({ ...secretWith(bound), data: { east: 'bm90' } }, 'east')).toBeUndefined();
  });

  test('is not taken for one where somebody put another token there', () => {
    expect(renewedToken(secretWith(bound), bound)).toEqual({ ...renewed, token: bound });
    expect(renewedToken(secretWith('endless'), 'endless')).toBeUndefined();
    expect(renewedToken(secretWith(bound), tokenOf({ iat, exp: exp + 60 }))).toBeUndefined();
  });
});

test('a token is due after half of its life, and at once where it says too little', () => {
  expect(tokenDueAt(bound)).toBe((iat + 43_200) * 1000);
  for (const token of ['token', tokenOf({ exp }), tokenOf({})]) expect(tokenDueAt(token)).toBe(0);
});

test('a token stands in for the endless one of the same account alone', () => {
  const endless = (uid: string): string => tokenOf({ 'kubernetes.io/serviceaccount/service-account.uid': uid });
  expect(claimsOf(endless('uid-1'))).toEqual({ notAfter: undefined, issuedAt: undefined, account: 'uid-1' });
  expect(standsIn({ token: bound }, endless('uid-1'))).toBe(true);
  expect(standsIn({ token: bound }, endless('uid-2'))).toBe(false);
  expect(standsIn({ token: bound }, 'token')).toBe(true);
});
