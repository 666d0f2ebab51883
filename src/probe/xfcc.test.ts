import fc from 'fast-check';
import { expect, test } from 'vitest';
import { identitiesOf } from './xfcc.ts';

const server = 'spiffe://cluster.local/ns/a/sa/server-east';
const client = 'spiffe://cluster.local/ns/a/sa/client-west';

test('reads what a sidecar writes', () => {
  const header = `By=${server};Hash=0123abcd;Subject="";URI=${client}`;
  expect(identitiesOf(header)).toEqual({ server, client });
});

test('takes the last element, which the nearest proxy wrote, and is not misled by quotes', () => {
  const forged = `By=${server};URI="spiffe://x/a,By=spiffe://evil;URI=spiffe://evil"`;
  expect(identitiesOf(`${forged},By=${server};Subject="CN=\\"a;b,c\\"";URI=${client}`)).toEqual({ server, client });
});

test('no header means no identities', () => {
  expect(identitiesOf(null)).toEqual({ server: null, client: null });
  expect(identitiesOf('Hash=1')).toEqual({ server: null, client: null });
});

test('never throws, whatever a header holds', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const found = identitiesOf(text);
      expect(Object.keys(found).sort()).toEqual(['client', 'server']);
    }),
  );
});
