import { lookup } from 'node:dns/promises';
import { request } from 'node:http';
import { connect, type TLSSocket } from 'node:tls';
import type { DialResult } from './protocol.ts';

export interface WireRequest {
  /** An address or a name to connect to. */
  readonly address: string;
  readonly port: number;
  readonly path: string;
  /** The Host header; left out, the address. */
  readonly host?: string;
  readonly timeoutMs: number;
}

export interface WireAnswer {
  readonly status: number;
  readonly body: string;
}

export interface DialRequest {
  readonly address: string;
  readonly port: number;
  /** The name in the TLS hello, by which an east-west gateway finds the Service. */
  readonly serverName: string;
  readonly timeoutMs: number;
}

/** The network as a probe sees it. */
export interface Wire {
  /** The first address of a name. Rejects where it has none. */
  resolve(name: string): Promise<string>;
  /** One GET over a connection of its own. Rejects where no answer comes in time. */
  get(wanted: WireRequest): Promise<WireAnswer>;
  /** One TLS handshake without a certificate of ours: it shows how far a connection gets. Never rejects. */
  dial(wanted: DialRequest): Promise<DialResult>;
}

/** Sidecars of large meshes list thousands of endpoints; more than this is not read. */
const maxBodyBytes = 64 * 1024 * 1024;

/** The network of the machine. */
export const nodeWire: Wire = {
  resolve: async (name) => (await lookup(name)).address,
  get,
  dial,
};

function get(wanted: WireRequest): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: wanted.address,
        port: wanted.port,
        path: wanted.path,
        agent: false,
        headers: { host: wanted.host ?? wanted.address, connection: 'close' },
        signal: AbortSignal.timeout(wanted.timeoutMs),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > maxBodyBytes) call.destroy(new Error(`the answer is larger than ${maxBodyBytes} bytes`));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    // Node tells of a switch of protocols (101) neither as an answer nor as an error.
    call.on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new Error('the server changed the protocol'));
    });
    call.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.name === 'AbortError' ? new Error(`no answer within ${wanted.timeoutMs} ms`) : error),
    );
    call.end();
  });
}

function dial({ address, port, serverName, timeoutMs }: DialRequest): Promise<DialResult> {
  return new Promise((resolve) => {
    let connected = false;
    // The certificate is looked at, not trusted: what proves trust is the request through the sidecar.
    const socket = connect({
      host: address,
      port,
      servername: serverName,
      ALPNProtocols: ['istio'],
      rejectUnauthorized: false,
    });
    const timer = setTimeout(() => finish({ tls: connected ? 'Timeout' : 'None' }), timeoutMs);
    const finish = (outcome: Pick<DialResult, 'tls' | 'peer' | 'issuer' | 'detail'>, code?: string): void => {
      clearTimeout(timer);
      socket.removeAllListeners('close');
      socket.on('error', () => undefined);
      socket.destroy();
      resolve({ address, port, tcp: connected ? 'Connected' : tcpOutcome(code), ...outcome });
    };
    socket.once('connect', () => {
      connected = true;
    });
    socket.once('secureConnect', () => finish({ tls: 'Handshake', ...certificateOf(socket) }));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      finish({ tls: connected ? 'Closed' : 'None', detail: error.code ?? error.message }, error.code ?? 'unknown'),
    );
    socket.once('close', () => finish({ tls: connected ? 'Closed' : 'None' }));
  });
}

function tcpOutcome(code: string | undefined): DialResult['tcp'] {
  if (code === undefined || code === 'ETIMEDOUT') return 'Timeout';
  return code === 'ECONNREFUSED' ? 'Refused' : 'Failed';
}

function certificateOf(socket: TLSSocket): Pick<DialResult, 'peer' | 'issuer'> {
  const certificate = socket.getPeerCertificate();
  const uri = certificate.subjectaltname?.split(', ').find((name) => name.startsWith('URI:'));
  const { O: organization, CN: name } = certificate.issuer ?? {};
  const issuer = [organization, name].flat().filter((part) => part !== undefined && part !== '');
  return {
    ...(uri === undefined ? {} : { peer: uri.slice('URI:'.length) }),
    ...(issuer.length === 0 ? {} : { issuer: issuer.join('/') }),
  };
}
