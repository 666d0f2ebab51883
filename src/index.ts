/**
 * The library: every use case of the command line as a function, with the reports that it prints as types and schemas.
 * It exports what the engine, the contract and the declared kinds make public, and nothing of its own; docs/library.md
 * shows how to use it.
 */
export { type Mesh, mesh as meshSchema } from './api/mesh.ts';
export { type MeshCluster, meshCluster as meshClusterSchema } from './api/mesh-cluster.ts';
export { type MeshService, meshService as meshServiceSchema } from './api/mesh-service.ts';
export type { Clock } from './base/clock.ts';
export { type ErrorCode, errorCodes, IsthmusError, type IsthmusErrorOptions } from './base/error.ts';
export {
  type Evidence,
  type Finding,
  type FindingCategory,
  type FindingCode,
  findingCodes,
  type ObjectPath,
  type Position,
  type Severity,
} from './base/finding.ts';
export { type Action, type Operation, type OptionName, type Options, partsOf, type Remedy } from './base/remedy.ts';
export { accessRoles } from './engine/access-roles.ts';
export { draftMesh } from './engine/draft-mesh.ts';
export type { ConnectedEvent, EngineEvent, GapEvent, UnverifiedEvent } from './engine/events.ts';
export { explainCode } from './engine/explain-code.ts';
export type { MeshSession } from './engine/mesh-session.ts';
export { differencesBetween } from './engine/moments.ts';
export { openMesh } from './engine/open-mesh.ts';
export type {
  Allowances,
  ApplyOptions,
  Approve,
  ApproveLosses,
  DoctorOptions,
  DraftContext,
  DraftOptions,
  DrillOptions,
  GuardOptions,
  JoinOptions,
  LeaveOptions,
  Loss,
  MeshRolesOptions,
  NamedText,
  OpenOptions,
  PlanOptions,
  RendererPaths,
  RenderOptions,
  RolesOptions,
  ServicesOptions,
  ShiftOptions,
  ShiftPlan,
  ShiftsOptions,
  StatusOptions,
  SteerShiftOptions,
  TraceOptions,
  TrafficFacts,
  TrustOptions,
  UninstallOptions,
  UseCaseOptions,
  VerifyOptions,
  VersionOptions,
  WhatIfOptions,
} from './engine/options.ts';
export type { EnginePorts, KubeClient, RootStore } from './engine/ports.ts';
export type { MeshOrigin, MeshSource } from './engine/source.ts';
export { nodePorts } from './node-ports.ts';
export type { AccessRoles } from './report/access-roles.ts';
export type { ApplyReport, ClusterOutcome } from './report/apply.ts';
export type { ClusterConnection } from './report/connection.ts';
export type { IstiodDifference, MeshDifferences, ObjectDifference } from './report/differences.ts';
export type { CodeExplanation, DoctorReport } from './report/doctor.ts';
export type { MeshDraft } from './report/draft.ts';
export type { DrilledCaller, DrillReport } from './report/drill.ts';
export type { DrillState, DrillStatus } from './report/drill-status.ts';
export type { ReportedError } from './report/error.ts';
export type { Finding as ReportedFinding } from './report/finding.ts';
export type { GuardReport } from './report/guard.ts';
export type { JoinReport } from './report/join.ts';
export type { LeaveReport } from './report/leave.ts';
export type { ObjectRef } from './report/object-ref.ts';
export type { OperatorChange, OperatorStatus } from './report/operator.ts';
export type { ClusterPlan, PlannedChange, PlanReport } from './report/plan.ts';
export type { RenderedMesh } from './report/render.ts';
export type { RenewalReport } from './report/renewal.ts';
export { type ReportKind, reports as reportSchemas } from './report/reports.ts';
export type { MeshWideService, ServiceReport } from './report/service.ts';
export type { ShiftReport, ShiftState } from './report/shift.ts';
export type { SnapshotReport } from './report/snapshot.ts';
export type { ClusterStatus, StatusReport } from './report/status.ts';
export type { Trace } from './report/trace.ts';
export type { ClusterTrust, TrustReport } from './report/trust.ts';
export type { UninstallPlan, UninstallReport } from './report/uninstall.ts';
export type { PairCheck, SharedCheck, VerifyReport } from './report/verify.ts';
export type { VersionReport } from './report/versions.ts';
export type { FlowChange, WhatIf } from './report/whatif.ts';
