import { beforeAll, describe, expect, test } from 'vitest';
import { meshName } from '../api/name.ts';
import { createIssuer, createRoot, type Issuer, type Root } from './authority.ts';
import { issuerFromData, issuerToData, rootFromFiles, rootToFiles } from './stored.ts';

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
    const readRoot = await rootFromFiles(rootToFiles(root), environment);
    expect(rootToFiles(readRoot)).toEqual(rootToFiles(root));
    const readIssuer = await issuerFromData(issuerToData(issuer), environment);
    expect(issuerToData(readIssuer)).toEqual(issuerToData(issuer));
    const again = await createIssuer(readRoot, { mesh, trustDomain }, environment);
    await issuerFromData(issuerToData(again), environment);
  });

  test('an issuer with several roots is one in the middle of their change', async () => {
    const data = { ...issuerToData(issuer), 'ca.crt': otherRoot.certificate + root.certificate };
    expect((await issuerFromData(data, environment)).root).toBe(data['ca.crt']);
  });

  test.each([
    ['nothing', () => undefined, /everything missing or empty/],
    ['a key left out', () => ({ ...issuerToData(issuer), 'tls.key': '' }), /tls\.key missing or empty/],
    ['no certificate', () => ({ ...issuerToData(issuer), 'tls.crt': 'x' }), /certificate cannot be read/],
    ['no key', () => ({ ...issuerToData(issuer), 'tls.key': 'x' }), /private key of the issuer cannot be read/],
    ['another key', () => ({ ...issuerToData(issuer), 'tls.key': root.privateKey.toPem() }), /not that of its/],
    ['another root', () => ({ ...issuerToData(issuer), 'ca.crt': otherRoot.certificate }), /not signed by/],
  ])('%s is refused', async (_, data, message) => {
    const reading = issuerFromData(data(), environment);
    await expect(reading).rejects.toMatchObject({ code: 'trust-invalid' });
    await expect(reading).rejects.toThrow(message);
  });

  test('an expired issuer, and one in the place of a root', async () => {
    const late = { ...environment, now: environment.now + 1826 * day };
    await expect(issuerFromData(issuerToData(issuer), late)).rejects.toThrow(/has expired on 2031-11-20/);
    const asRoot = { certificate: issuer.certificate, privateKey: issuer.privateKey.toPem() };
    await expect(rootFromFiles(asRoot, environment)).rejects.toThrow(/allows 1 CAs below it \(pathlen\) and has 2/);
  });

  test('no refusal repeats the key', async () => {
    const { privateKey } = rootToFiles(root);
    const secret = privateKey.split('\n')[1] ?? '';
    const reading = rootFromFiles({ certificate: issuer.certificate, privateKey }, environment);
    await expect(reading).rejects.not.toThrow(secret);
  });
});
