import { createServer, type Server } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { MeshSession } from '../engine/mesh-session.ts';
import type { Moment } from '../engine/moments.ts';
import { type Answering, answer } from './answer.ts';
import { type Draw, Entry } from './entry.ts';
import { Feed } from './feed.ts';
import type { PageFiles } from './files.ts';
import { type LookOptions, Looks } from './looking.ts';
import type { About, RecordedMoment } from './messages.ts';
import { Moments, type OpenMoment } from './moments.ts';
import type { Wording } from './words.ts';

/** The mesh in a browser: one more shell around the engine. It reads, and has nothing that changes a cluster. */

export interface DashboardOptions extends LookOptions {
  readonly session: MeshSession;
  readonly files: PageFiles;
  readonly wording: Wording;
  /** The flags that name the mesh on the command line. */
  readonly flags: string;
  readonly version: string;
  /** Of this machine's own address; 0 for any that is free. */
  readonly port: number;
  /** Milliseconds from the end of a look to the next one. */
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Makes a text that cannot be guessed, for the key of the link and the cookie. */
  readonly draw: Draw;
  /** The snapshots of a folder of several, oldest first; the session is of one of them. */
  readonly moments?: readonly Moment[];
  readonly openMoment?: OpenMoment;
}

/** Disposing it ends every answer and closes the server. */
export interface Dashboard extends AsyncDisposable {
  readonly port: number;
  /** Where to open it: good for one browser, once. */
  readonly link: string;
}

const host = '127.0.0.1';

/** Serves the dashboard to this machine alone. Throws `usage` where the port is taken. */
export async function openDashboard(options: DashboardOptions): Promise<Dashboard> {
  const server = createServer();
  const port = await listening(server, options.port);
  const closing = new AbortController();
  const answering = answeringOf(port, options, closing.signal);
  server.on('request', (request, response) => {
    answer(request, response, answering).catch((thrown: unknown) => {
      // A defect or a reader that left: neither ends the server.
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end(`${asIsthmusError(thrown).code}\n`);
    });
  });
  return {
    port,
    link: `http://${host}:${port}/#${answering.entry.key}`,
    async [Symbol.asyncDispose]() {
      closing.abort();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await answering.looks.ended();
    },
  };
}

function answeringOf(port: number, options: DashboardOptions, signal: AbortSignal): Answering {
  const { files, draw, session, clock, wording, intervalMs } = options;
  const feed = new Feed(draw().slice(0, 8));
  const { timeoutMs, istioctl, helm, drift } = options;
  const look = { timeoutMs, istioctl, helm, drift };
  const looking = { session, feed, clock, wording, options: look, intervalMs, signal };
  const entry = new Entry(port, draw);
  const { moments = [], openMoment = async () => session } = options;
  const recorded = new Moments(moments, openMoment);
  return { port, entry, files, about: aboutOf(options), looks: new Looks(looking), looking, moments: recorded };
}

function aboutOf({ session, flags, intervalMs, version, moments = [] }: DashboardOptions): About {
  const { mesh, clusters, origin } = session;
  return {
    source: origin.snapshot === undefined ? 'Live' : 'Snapshot',
    clusters,
    ...(mesh === undefined ? {} : { mesh }),
    flags,
    intervalMs,
    version,
    ...(moments.length === 0 ? {} : { moments: moments.map(timeOfMoment) }),
  };
}

/** A reader has no use for the folders of this machine. */
function timeOfMoment({ name, takenAt }: Moment): RecordedMoment {
  return takenAt === undefined ? { name } : { name, takenAt };
}

async function listening(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(unusable(port, cause)));
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function unusable(port: number, cause: NodeJS.ErrnoException): IsthmusError {
  const why = cause.code === 'EADDRINUSE' ? 'another process uses it' : (cause.code ?? cause.message);
  return new IsthmusError('usage', `port ${port} of ${host} cannot be opened: ${why}`, {
    cause,
    remedy: 'choose another port, or none: then a free one is taken',
  });
}
