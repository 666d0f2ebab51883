import { IsthmusError } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import type { ApplyReport } from '../report/apply.ts';
import type { JoinReport } from '../report/join.ts';
import type { LeaveReport } from '../report/leave.ts';
import type { PlanReport } from '../report/plan.ts';
import type { RenderedMesh } from '../report/render.ts';
import type { RenewalReport } from '../report/renewal.ts';
import type { SnapshotReport } from '../report/snapshot.ts';
import type { StatusReport } from '../report/status.ts';
import type { Trace } from '../report/trace.ts';
import type { TrustReport } from '../report/trust.ts';
import type { UninstallPlan, UninstallReport } from '../report/uninstall.ts';
import type { VerifyReport } from '../report/verify.ts';
import type { WhatIf } from '../report/whatif.ts';
import { applyUseCase } from './apply.ts';
import { joinUseCase } from './join.ts';
import { leaveUseCase } from './leave.ts';
import type {
  ApplyOptions,
  JoinOptions,
  LeaveOptions,
  PlanOptions,
  RenderOptions,
  TraceOptions,
  TrustOptions,
  UninstallOptions,
  UseCaseOptions,
  VerifyOptions,
  WhatIfOptions,
} from './options.ts';
import { planUseCase } from './plan.ts';
import type { EnginePorts } from './ports.ts';
import { readSource } from './read-source.ts';
import { renderUseCase } from './render.ts';
import { renewTrustUseCase } from './renew-trust.ts';
import { sessionOf } from './session.ts';
import { snapshotUseCase } from './snapshot.ts';
import type { MeshOrigin, MeshSource } from './source.ts';
import { statusUseCase } from './status.ts';
import { traceUseCase } from './trace.ts';
import { trustUseCase } from './trust.ts';
import { planUninstallUseCase, uninstallUseCase } from './uninstall.ts';
import { verifyUseCase } from './verify.ts';
import { whatifUseCase } from './whatif.ts';

/**
 * A mesh that was opened: one function for each use case, each of which gives the report that docs/json.md describes.
 * A cluster that fails is a result for that cluster; what prevents the whole is thrown as an `IsthmusError`.
 */
export interface MeshSession {
  /** The mesh's name; undefined for a snapshot without a mesh file. */
  readonly mesh: string | undefined;
  /** The names of the declared clusters, in their order. */
  readonly clusters: readonly string[];
  /** How the mesh was named. */
  readonly origin: MeshOrigin;
  /** What is worth correcting in the declared documents, and stops nothing. */
  readonly findings: readonly Finding[];
  plan(options?: PlanOptions): Promise<PlanReport>;
  apply(options?: ApplyOptions): Promise<ApplyReport>;
  render(options?: RenderOptions): Promise<RenderedMesh>;
  status(options?: UseCaseOptions): Promise<StatusReport>;
  verify(options?: VerifyOptions): Promise<VerifyReport>;
  trace(options: TraceOptions): Promise<Trace>;
  whatif(options?: WhatIfOptions): Promise<WhatIf>;
  snapshot(folder: string, options?: UseCaseOptions): Promise<SnapshotReport>;
  trust(options?: TrustOptions): Promise<TrustReport>;
  renewTrust(options?: UseCaseOptions): Promise<RenewalReport>;
  join(cluster: string, options?: JoinOptions): Promise<JoinReport>;
  leave(cluster: string, options?: LeaveOptions): Promise<LeaveReport>;
  planUninstall(options?: UninstallOptions): Promise<UninstallPlan>;
  uninstall(options?: UninstallOptions): Promise<UninstallReport>;
}

/**
 * Reads the declared mesh of a source. Throws `invalid-config` with all findings where it does not describe a mesh, and
 * `file-unreadable`, `not-found` or `cluster-unreachable` where it cannot be read.
 */
export async function openMesh(source: MeshSource, ports: EnginePorts): Promise<MeshSession> {
  const state = sessionOf(await readSource(source, ports), ports);
  const { findings, origin } = state.source;
  const known = state.mesh instanceof IsthmusError ? undefined : state.mesh;
  return {
    mesh: known?.name,
    clusters: known?.names ?? [],
    origin,
    findings,
    plan: async (options = {}) => await planUseCase(state, options),
    apply: async (options = {}) => await applyUseCase(state, options),
    render: async (options = {}) => await renderUseCase(state, options),
    status: async (options = {}) => await statusUseCase(state, options),
    verify: async (options = {}) => await verifyUseCase(state, options),
    trace: async (options) => await traceUseCase(state, options),
    whatif: async (options = {}) => await whatifUseCase(state, options),
    snapshot: async (folder, options = {}) => await snapshotUseCase(state, folder, options),
    trust: async (options = {}) => await trustUseCase(state, options),
    renewTrust: async (options = {}) => await renewTrustUseCase(state, options),
    join: async (cluster, options = {}) => await joinUseCase(state, cluster, options),
    leave: async (cluster, options = {}) => await leaveUseCase(state, cluster, options),
    planUninstall: async (options = {}) => await planUninstallUseCase(state, options),
    uninstall: async (options = {}) => await uninstallUseCase(state, options),
  };
}
