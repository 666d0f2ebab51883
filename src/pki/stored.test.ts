import { beforeAll, describe, expect, test } from 'vitest';
import { meshName } from '../api/name.ts';
import { createIssuer, createRoot, type Issuer, type Root } from './authority.ts';
import { readIssuer } from './read-issuer.ts';
import { issuerKeys, issuerTextsOf, issuerToData, rootFromFiles, rootToFiles } from './stored.ts';

const mesh = meshName.parse('shop');
const trustDomain = 'cluster.local';
const day = 24 * 60 * 60 * 1000;
const environment = { crypto: globalThis.crypto, now: Date.UTC(2026, 10, 21) };

let root: Root;
let otherRoot: Root;
let issuer: Issuer;
beforeAll(async () => {
  root = await createRoot({ mesh }, environment);
  otherRoot = await createRoot({ mesh }, environment);
  issuer = await createIssuer(root, { mesh, trustDomain }, environment);
});

describe('the stored form', () => {
  test('gives back what was stored, and it still signs', async () => {
    const readRoot = await rootFromFiles(rootToFiles(root), 'cluster.local', environment);
    expect(rootToFiles(readRoot)).toEqual(rootToFiles(root));
    const again = await createIssuer(readRoot, { mesh, trustDomain }, environment);
    const texts = issuerTextsOf(issuerToData(again));
    const reading = await readIssuer(texts, { names: issuerKeys, trustDomain }, environment);
    expect(reading.problems).toEqual([]);
    expect(reading.issuer === undefined ? undefined : issuerToData(reading.issuer)).toEqual(issuerToData(again));
  });

  test('what a Secret lacks is empty', () => {
    expect(issuerTextsOf({ 'tls.crt': 'C' })).toEqual({ certificate: 'C', privateKey: '', root: '' });
  });
});

describe('a root of two files', () => {
  test.each([
    ['nothing', () => undefined, /it is missing/],
    ['a key left out', () => ({ ...rootToFiles(root), privateKey: '' }), /privateKey is missing/],
    ['no certificate', () => ({ ...rootToFiles(root), certificate: 'x' }), /certificate cannot be read/],
    ['no key', () => ({ ...rootToFiles(root), privateKey: 'x' }), /root\.key holds no readable private key/],
    ['another key', () => ({ ...rootToFiles(root), privateKey: rootToFiles(otherRoot).privateKey }), /not that of its/],
    [
      'an issuer',
      () => ({ certificate: issuer.certificate, privateKey: issuer.privateKey.toPem() }),
      /allows 1 CAs below it \(pathlen\) and has 2; .*did not sign itself/,
    ],
  ])('%s is refused', async (_, files, message) => {
    const reading = rootFromFiles(files(), 'cluster.local', environment);
    await expect(reading).rejects.toMatchObject({ code: 'trust-invalid' });
    await expect(reading).rejects.toThrow(message);
  });

  test('one that has expired is refused', async () => {
    const late = { ...environment, now: environment.now + 3651 * day };
    await expect(rootFromFiles(rootToFiles(root), 'cluster.local', late)).rejects.toThrow(/has expired on 2036-11-18/);
  });

  test('no refusal repeats the key', async () => {
    const { privateKey } = rootToFiles(root);
    const secret = privateKey.split('\n')[1] ?? '';
    expect(secret.length).toBeGreaterThan(40);
    const reading = rootFromFiles({ certificate: issuer.certificate, privateKey }, 'cluster.local', environment);
    await expect(reading).rejects.not.toThrow(secret);
  });
});
