import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { systemClock } from '../../base/system-clock.ts';
import type { MeshSession } from '../../engine/mesh-session.ts';
import { openMesh } from '../../engine/open-mesh.ts';
import { nodePorts } from '../../node-ports.ts';
import { pageFile } from '../files.ts';
import { type Dashboard, type DashboardOptions, openDashboard } from '../run.ts';

const snapshot = resolve(import.meta.dirname, '../../../test/fixtures/doctor/two-networks');

export const ports = nodePorts({ PATH: '/nowhere', HOME: '/nowhere' });

/** The session of a healthy mesh of two networks, as a folder holds it. */
export async function storedSession(): Promise<MeshSession> {
  return await openMesh({ snapshot }, ports);
}

/** A dashboard with a page of two files. */
export async function dashboardOf(session: MeshSession, options: Partial<DashboardOptions> = {}): Promise<Dashboard> {
  const content = (text: string): Uint8Array => new TextEncoder().encode(text);
  return await openDashboard({
    session,
    files: new Map([
      ['/index.html', pageFile('index.html', content('<!doctype html>the page'))],
      ['/assets/page-abc.js', pageFile('assets/page-abc.js', content('the script'))],
    ]),
    wording: {
      visible: (value) => value,
      remedyText: (remedy) => `in words: ${typeof remedy === 'string' ? remedy : remedy.length}`,
    },
    flags: '-f mesh.yaml',
    version: '0.1.0',
    port: 0,
    timeoutMs: 60_000,
    drift: 'Leave',
    intervalMs: 60_000,
    clock: systemClock,
    draw: () => randomBytes(32).toString('base64url'),
    ...options,
  });
}
