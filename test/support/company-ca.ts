import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and key that openssl made, as PEM and as files. */
export interface MadeByOpenssl {
  readonly name: string;
  readonly certificate: string;
  readonly privateKey: string;
  readonly certificateFile: string;
  readonly privateKeyFile: string;
}

export interface OpensslCertificate {
  /** The name of the files and the CN. */
  readonly name: string;
  /** Left out: self-signed. */
  readonly signer?: MadeByOpenssl;
  /** Lines of an openssl extension section; left out, those of a CA without a limit below it. */
  readonly extensions?: string;
  /** Arguments of `openssl genpkey`; left out, EC P-256. */
  readonly key?: readonly string[];
  /** Left out, 3650 for a root and 2000 for what it signs. */
  readonly days?: number;
  /** Instead of days from now on: what `openssl ca` can and `openssl x509` cannot. Needs a signer. */
  readonly validity?: { readonly from: Date; readonly to: Date };
  /** `-sha256` unless told otherwise. */
  readonly hash?: string;
}

/** A company's CA as its people run it: openssl in a folder that goes when this is disposed of. */
export interface CompanyCa extends Disposable {
  readonly folder: string;
  make(wanted: OpensslCertificate): MadeByOpenssl;
  openssl(...args: readonly string[]): string;
  /** Writes a file into the folder and gives its path. */
  write(name: string, text: string): string;
}

export const caExtensions = (pathLength?: number): string =>
  [
    `basicConstraints=critical,CA:TRUE${pathLength === undefined ? '' : `,pathlen:${pathLength}`}`,
    'keyUsage=critical,keyCertSign,cRLSign',
    'subjectKeyIdentifier=hash',
  ].join('\n');

const caConfiguration = `[ca]
default_ca = own
[own]
new_certs_dir = .
database = index.txt
serial = serial
default_md = sha256
policy = any
[any]
organizationName = optional
commonName = optional
`;

/** `20261121080000Z`. */
function opensslDate(date: Date): string {
  return `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
}

export function companyCa(): CompanyCa {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-company-'));
  const openssl = (...args: readonly string[]): string =>
    execFileSync('openssl', args, {
      cwd: folder,
      encoding: 'utf8',
      timeout: 20_000,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const make = (wanted: OpensslCertificate): MadeByOpenssl => {
    const {
      name,
      signer,
      extensions = caExtensions(),
      days = signer === undefined ? 3650 : 2000,
      hash = '-sha256',
    } = wanted;
    const key = wanted.key ?? ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    const path = (ending: string): string => join(folder, `${name}.${ending}`);
    writeFileSync(path('cnf'), `${extensions}\n`);
    openssl('genpkey', ...key, '-out', path('key'));
    openssl('req', '-new', '-key', path('key'), '-subj', `/O=Example/CN=${name}`, '-out', path('csr'));
    const by =
      signer === undefined
        ? ['-signkey', path('key')]
        : ['-CA', signer.certificateFile, '-CAkey', signer.privateKeyFile, '-CAcreateserial'];
    if (wanted.validity !== undefined && signer !== undefined) {
      const { from, to } = wanted.validity;
      write('ca.cnf', caConfiguration);
      write('index.txt', '');
      const files = ['-cert', signer.certificateFile, '-keyfile', signer.privateKeyFile, '-extfile', path('cnf')];
      const dates = ['-startdate', opensslDate(from), '-enddate', opensslDate(to)];
      const request = ['-in', path('csr'), '-out', path('pem')];
      openssl('ca', '-batch', '-notext', '-rand_serial', '-config', 'ca.cnf', ...files, ...dates, ...request);
    } else {
      const profile = ['-days', String(days), hash, '-extfile', path('cnf')];
      openssl('x509', '-req', '-in', path('csr'), ...by, ...profile, '-out', path('pem'));
    }
    return {
      name,
      certificate: readFileSync(path('pem'), 'utf8'),
      privateKey: readFileSync(path('key'), 'utf8'),
      certificateFile: path('pem'),
      privateKeyFile: path('key'),
    };
  };
  return { folder, make, openssl, write, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
