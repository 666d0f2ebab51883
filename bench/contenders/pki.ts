/**
 * What `isthmus apply` does about certificates for a new mesh of many clusters, as a program of its own:
 * `pki.ts FOLDER CLUSTERS ALGORITHM` makes root, issuer and an intermediate for each cluster and writes the files of each.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterName, meshName } from '../../src/api/name.ts';
import { createIntermediate, createIssuer, createRoot } from '../../src/pki/authority.ts';
import { caCertsTexts } from '../../src/pki/bundle.ts';

const [, , folder = '', count = '', algorithm] = process.argv;
const keyAlgorithm = algorithm === 'RSA-3072' ? 'RSA-3072' : 'ECDSA-P256';
const environment = { crypto: globalThis.crypto, now: Date.now() };
const mesh = meshName.parse('bench');
const trustDomain = 'cluster.local';

const root = await createRoot({ mesh }, environment);
const issuer = await createIssuer(root, { mesh, trustDomain }, environment);
await Promise.all(
  Array.from({ length: Number(count) }, async (_, index) => {
    const cluster = clusterName.parse(`c${index + 1}`);
    const options = { mesh, cluster, trustDomain, lifetime: '8760h', keyAlgorithm } as const;
    const texts = caCertsTexts(await createIntermediate(issuer, options, environment));
    await mkdir(join(folder, cluster), { recursive: true });
    await Promise.all(
      Object.entries(texts).map(([name, text]) => writeFile(join(folder, cluster, name), text, { mode: 0o600 })),
    );
  }),
);
await writeFile(join(folder, 'root-cert.pem'), root.certificate);
