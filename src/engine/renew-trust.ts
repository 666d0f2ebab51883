import { renewTrust } from '../apply/run/renew-trust.ts';
import type { RenewalReport } from '../report/renewal.ts';
import { openRun } from './open-run.ts';
import type { UseCaseOptions } from './options.ts';
import { refuseOtherMesh } from './other-mesh.ts';
import { renewalReport } from './reporting/renewal.ts';
import type { SessionState } from './session.ts';

/** Gives the istiods of the chosen clusters new intermediates under the same root, and waits until each signs with it. */
export async function renewTrustUseCase(state: SessionState, options: UseCaseOptions): Promise<RenewalReport> {
  await using run = await openRun(state, options, { operation: 'renewTrust' });
  const { mesh, ports } = run.request;
  const { clients, failures } = await refuseOtherMesh(ports.clients, { mesh: mesh.name, signal: ports.signal });
  const ofHome = failures.get(mesh.home);
  if (ofHome !== undefined) throw ofHome;
  const unreachable = new Map([...ports.unreachable, ...failures]);
  return renewalReport(await renewTrust({ ...run.request, ports: { ...ports, clients, unreachable } }));
}
