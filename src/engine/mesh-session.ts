import type { Finding } from '../base/finding.ts';
import type { AccessRoles } from '../report/access-roles.ts';
import type { ApplyReport } from '../report/apply.ts';
import type { ClusterConnection } from '../report/connection.ts';
import type { DoctorReport } from '../report/doctor.ts';
import type { DrillReport } from '../report/drill.ts';
import type { DrillStatus } from '../report/drill-status.ts';
import type { JoinReport } from '../report/join.ts';
import type { LeaveReport } from '../report/leave.ts';
import type { OperatorApply } from '../report/operator-apply.ts';
import type { PlanReport } from '../report/plan.ts';
import type { RenderedMesh } from '../report/render.ts';
import type { RenewalReport } from '../report/renewal.ts';
import type { ServiceReport } from '../report/service.ts';
import type { ShiftReport } from '../report/shift.ts';
import type { SnapshotReport } from '../report/snapshot.ts';
import type { StatusReport } from '../report/status.ts';
import type { Trace } from '../report/trace.ts';
import type { TrustReport } from '../report/trust.ts';
import type { UninstallPlan, UninstallReport } from '../report/uninstall.ts';
import type { VerifyReport } from '../report/verify.ts';
import type { VersionReport } from '../report/versions.ts';
import type { WhatIf } from '../report/whatif.ts';
import type {
  ApplyOptions,
  DoctorOptions,
  DrillOptions,
  JoinOptions,
  LeaveOptions,
  MeshRolesOptions,
  OperatorApplyOptions,
  PlanOptions,
  RenderOptions,
  ServicesOptions,
  ShiftOptions,
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
} from './options.ts';
import type { MeshOrigin } from './source.ts';

/**
 * A mesh that was opened: one function for each use case. Each answers with the report of the contract, plain JSON that
 * docs/json.md describes. Durations that end in `Ms` are milliseconds. Dispose the session where it keeps connections.
 *
 * A cluster that fails is a result for that cluster: look at `ok` and at the clusters of the report. What prevents the
 * whole is thrown as an `IsthmusError`. Every function throws `usage` for a cluster that the mesh does not declare and
 * for a snapshot where only clusters will do, and `cancelled` or `timeout` where the signal of the ports or the time
 * limit ended it before it had a report. Further errors stand with each.
 */
export interface MeshSession extends AsyncDisposable {
  /** The mesh's name; undefined for a snapshot without a mesh file. */
  readonly mesh: string | undefined;
  /** The names of the declared clusters, in their order. */
  readonly clusters: readonly string[];
  /** How the mesh was named. */
  readonly origin: MeshOrigin;
  /**
   * What is worth correcting in the declared documents. Where there are errors among them, `plan`, `apply`, `render`, `join` and `leave` throw
   * `invalid-config`; what looks at the mesh or removes it goes on.
   */
  readonly findings: readonly Finding[];
  /** What a session that keeps its connections knows of each cluster; empty for one that connects for each call. */
  connections(): readonly ClusterConnection[];

  /**
   * What an apply would do, object by object in its order, and what that changes for traffic. Writes nothing to a
   * cluster; with `out` it writes a plan file. `totals` counts objects over all clusters. Throws what an apply throws
   * before its first write, such as `access-denied`, `version-skew` and `istioctl-not-found`.
   *
   * @example
   * const { totals } = await session.plan({ out: 'plan.json' });
   * console.log(`${totals.create} to create, ${totals.change} to change, ${totals.delete} to delete`);
   */
  plan(options?: PlanOptions): Promise<PlanReport>;

  /**
   * Makes the clusters what the mesh declares, or what a plan file planned, cluster by cluster side by side, and waits
   * until they are. Run again, it resumes or writes nothing. What can be refused is refused before the first write and
   * thrown: `prune-guard` where more than `maxDelete` objects would go, `stale-plan` where the clusters are no longer as
   * they were planned, `lock-held` while another writes, and the errors of rights and versions. `seconds` is its
   * duration, `writes` counts the requests that changed something. With `guard` it watches the requests of the mesh and puts
   * back what harms: `guard-refused` is thrown before the first write, and `ok` is false where it went back.
   *
   * @example
   * const { ok, writes, clusters } = await session.apply({ maxDelete: 3 });
   * const failed = clusters.filter(({ outcome }) => outcome === 'Failed');
   * console.log(ok ? `as declared after ${writes} writes` : failed);
   */
  apply(options?: ApplyOptions): Promise<ApplyReport>;

  /**
   * Where an operator holds the mesh: stores the documents in the home cluster, which is all that it writes, and follows the
   * operator's conditions until every cluster is available, one cannot become so, or the time is over. Undefined where no operator
   * leads there; then an apply is what brings the clusters to what is declared. Throws `usage` where single clusters are
   * chosen, `conflict` where someone else sets a field of a document to something else, and `prune-guard`.
   *
   * @example
   * const followed = await session.applyByOperator({ timeoutMs: 120_000 });
   * console.log(followed === undefined ? 'no operator' : followed.clusters.map(({ cluster, outcome }) => `${cluster}: ${outcome}`));
   */
  applyByOperator(options?: OperatorApplyOptions): Promise<OperatorApply | undefined>;

  /**
   * What an apply would write, as objects with their paths in a folder. It asks no cluster; keys, tokens and addresses
   * are `missing`, each with the reason. Throws the errors of Istio's renderer, such as `istioctl-not-found`,
   * `helm-failed` and `renderer-version`.
   *
   * @example
   * const { files, missing } = await session.render();
   * console.log(`${files.length} objects, the first is ${files[0]?.path}; ${missing.length} are not rendered`);
   */
  render(options?: RenderOptions): Promise<RenderedMesh>;

  /**
   * What the clusters hold and report now, compared with what is declared; of a snapshot, what they did at its time.
   * `verdict` is `Unknown` where something could not be read and nothing is known to be wrong. Writes nothing, and a
   * cluster that does not answer is a result.
   *
   * @example
   * const { ok, clusters } = await session.status({ timeoutMs: 30_000 });
   * const findings = clusters.flatMap((cluster) => (cluster.reachable ? cluster.findings : []));
   * console.log(ok ? 'healthy' : findings.map(({ message }) => message));
   */
  status(options?: StatusOptions): Promise<StatusReport>;

  /**
   * What is wrong with the mesh, each cause once: `findings` begins with the one that explains most, with its
   * `consequences`. What `status`, `trust` and the model read and check, each cluster once; of a snapshot, without trust.
   * `verdict` is `Unknown` where something could not be read and no error is known. Writes nothing, and a cluster that
   * does not answer is a finding.
   *
   * @example
   * const { verdict, findings } = await session.doctor({ timeoutMs: 120_000 });
   * const errors = findings.filter(({ severity }) => severity === 'error');
   * console.log(`${verdict}: ${errors.length} causes`, errors.map(({ code, consequences }) => [code, consequences.length]));
   */
  doctor(options?: DoctorOptions): Promise<DoctorReport>;

  /**
   * The versions of Isthmus, of the program that renders Istio, and of Kubernetes and every istiod in each cluster. Writes
   * nothing; a cluster that does not answer is a result, and so is a renderer that is not there.
   *
   * @example
   * const { declared, clusters } = await session.versions();
   * for (const one of clusters) console.log(one.cluster, one.reachable ? one.kubernetes : one.error.message, declared);
   */
  versions(options?: VersionOptions): Promise<VersionReport>;

  /**
   * Proves with real requests from throw-away pods that every cluster reaches every other one, over the way and with
   * the identities that the mesh declares; then removes the pods. `passed` of `total` checks passed. A check that fails
   * has a finding with its remedy. Throws `usage` where `requests` is not a whole number from 1 to 1,000.
   *
   * @example
   * const { passed, total, pairs } = await session.verify({ requests: 20 });
   * console.log(`${passed} of ${total} checks passed`);
   * for (const { from, to, finding } of pairs.filter((pair) => !pair.ok)) console.log(from, to, finding?.message);
   */
  verify(options?: VerifyOptions): Promise<VerifyReport>;

  /**
   * The services of the mesh, or one of them: which clusters serve it, which MeshService and which rules of others decide
   * about its requests, and the predicted share of each cluster by calling cluster, in percent. Writes nothing. Throws
   * `not-found` for a service that no cluster has.
   *
   * @example
   * const { verdict, services } = await session.services();
   * for (const { host, flows } of services) console.log(host, verdict, flows.map(({ from, shares }) => [from, shares]));
   */
  services(options?: ServicesOptions): Promise<ServiceReport>;

  /**
   * Shifts the requests of a service to another cluster, step by step: each is predicted, written, waited for until every sidecar
   * has it, measured by the sidecars' own counters and judged. It answers when the last step is passed (the weights then hold until
   * the shift expires, or is promoted) or when it went back. A pod in each cluster puts the old weights back at expiry, whatever
   * becomes of this process. Throws `shift-refused` before the first write, `lock-held` where another process runs the same shift, and
   * `timeout` where a step goes without a verdict.
   *
   * @example
   * const begin = { to: 'east', steps: [10, 50, 100], everyMs: 10_000, abortOn: ['errors>+1%'], expiresMs: 7_200_000 };
   * const { ok, shifts } = await session.shift({ service: 'helloworld.sample', begin });
   * console.log(ok, shifts.map(({ phase, weights }) => [phase, weights]));
   */
  shift(options: ShiftOptions): Promise<ShiftReport>;

  /**
   * Where the shifts of the mesh are, those that ended among them, until the next of the same service. Writes nothing. Throws
   * `not-found` for a service without one.
   *
   * @example
   * const { shifts } = await session.shifts();
   * for (const { service, phase, step, steps } of shifts) console.log(service, phase, `step ${step} of ${steps.length}`);
   */
  shifts(options?: ShiftsOptions): Promise<ShiftReport>;

  /**
   * Steers a shift from outside the process that runs it, on any machine: `Pause` stops it where it is, `Abort` puts the old weights
   * back now, `Promote` declares its weights in the home cluster, applies the mesh and lets the undoers go. Throws `not-found`
   * where there is none.
   *
   * @example
   * const { shifts } = await session.steerShift({ service: 'helloworld.sample', action: 'Abort' });
   * console.log(shifts.map(({ message }) => message));
   */
  steerShift(options: SteerShiftOptions): Promise<ShiftReport>;

  /**
   * Breaks one thing on purpose for a while, under a steady load between throw-away pods, repairs it, and compares where requests
   * went with the model: how soon they failed, went elsewhere and came back. A pod in the cluster repairs it where this process
   * cannot. Throws `drill-refused` before anything is broken, and `lock-held` while another drill runs.
   *
   * @example
   * const { verdict, restored, callers } = await session.drill({ fault: 'endpoints:east', forMs: 30_000 });
   * console.log(verdict, restored);
   * for (const { from, during, failed } of callers) console.log(from, during, `${failed} failed`);
   */
  drill(options: DrillOptions): Promise<DrillReport>;

  /**
   * What drills break now in the clusters, who runs them, and when it is repaired: by the process of the drill, and by the pod in
   * the cluster at the latest. Writes nothing, and a cluster that does not answer is a result.
   *
   * @example
   * const { drills } = await session.drills();
   * console.log(drills.length === 0 ? 'no drill' : drills.map(({ fault, phase, undoneAt }) => [fault, phase, undoneAt]));
   */
  drills(options?: UseCaseOptions): Promise<DrillStatus>;

  /**
   * Predicts the way of one request, hop by hop: its routes, its endpoints and their shares in percent, and the findings
   * that keep it from being answered. With `live` it compares the prediction with the real istiod and Envoy. Throws
   * `not-found` where there is no such caller, and `usage` for `live` with a snapshot.
   *
   * @example
   * const trace = await session.trace({ from: 'west/sample/client', to: { host: 'helloworld', port: 5000 } });
   * console.log(`${trace.deliveredShare}% answered`);
   * for (const { address, cluster, share } of trace.effective) console.log(`${share}% by ${address} in ${cluster}`);
   */
  trace(options: TraceOptions): Promise<Trace>;

  /**
   * Predicts what changes for traffic when parts of the mesh are gone or objects differ: every service from every
   * cluster that calls it, gravest first. Throws `usage` for a part that the mesh does not have, and `invalid-config`
   * for a text that holds no objects.
   *
   * @example
   * const { counts, changes } = await session.whatif({ down: ['gateway:east'] });
   * console.log(`${counts.Unreachable} unreachable, ${counts.Degraded} degraded, ${changes.length} changed`);
   */
  whatif(options?: WhatIfOptions): Promise<WhatIf>;

  /**
   * What `trace` and `whatif` answer from: the objects of each cluster as far as they decide about traffic, and how each
   * istiod is set. No credential is among it.
   *
   * @example
   * const { clusters, istiods } = await session.facts();
   * console.log(`${clusters.length} clusters, ${istiods.length} istiods`);
   */
  facts(options?: UseCaseOptions): Promise<TrafficFacts>;

  /**
   * Writes what the clusters hold into `folder`, a path that is empty or does not exist; `openMesh({ snapshot })` reads
   * it. No credential is among it. What could not be read is listed in `gaps`. Throws `usage` for a folder that is not
   * empty.
   *
   * @example
   * const { folder, clusters } = await session.snapshot('snapshot');
   * const then = await openMesh({ snapshot: folder }, nodePorts());
   * console.log(`${clusters.length} clusters, ${(await then.status()).ok ? 'healthy' : 'not healthy'}`);
   */
  snapshot(folder: string, options?: UseCaseOptions): Promise<SnapshotReport>;

  /**
   * Who signs what until when, and what running proxies trust and present: certificates with their dates (RFC 3339),
   * and for every ordered pair of clusters whether they trust each other. Writes nothing.
   *
   * @example
   * const { ok, roots, findings } = await session.trust({ sidecars: 'All' });
   * console.log(ok ? `${roots.length} root` : findings.map(({ code }) => code));
   */
  trust(options?: TrustOptions): Promise<TrustReport>;

  /**
   * Gives the istiods of the chosen clusters new intermediates under the same root, and waits until each signs with
   * its own; running proxies keep their connections. Throws what an apply throws, and `root-key-missing` where a new
   * issuer needs the root's key and it is not here.
   *
   * @example
   * const { ok, clusters } = await session.renewTrust({ clusters: ['east'] });
   * console.log(ok, clusters.map(({ cluster, outcome }) => `${cluster}: ${outcome}`));
   */
  renewTrust(options?: UseCaseOptions): Promise<RenewalReport>;

  /**
   * The roles with which a command works on this mesh, as objects to apply to the chosen clusters, with the reason for each
   * rule. It asks no cluster.
   *
   * @example
   * const { objects } = await session.roles({ command: 'apply', clusters: ['east'] });
   * console.log(objects.map(({ object }) => object.kind).join(', '));
   */
  roles(options: MeshRolesOptions): Promise<AccessRoles>;

  /**
   * Checks what a declared cluster would meet in the mesh, with throw-away pods, and applies the mesh with it where
   * nothing prevents it. `ok` is the result of the checks and `applied` that of the apply: it is missing where the checks
   * found an error, or alone were asked for. Throws `usage` for a cluster that is not declared, and what an apply throws.
   *
   * @example
   * const { ok, findings, applied } = await session.join('east');
   * console.log(ok && applied?.ok ? 'joined' : findings.map(({ message }) => message));
   */
  join(cluster: string, options?: JoinOptions): Promise<JoinReport>;

  /**
   * Takes a cluster out of the mesh without a failed request, then applies the mesh without it to the others. The
   * document of the cluster is the caller's to remove, because a later apply of it would bring it back. Nothing is
   * changed before `approve` has returned. Throws `leave-refused` for the home
   * cluster, the only one, one that runs the istiod of another, one that a MeshService names, and while a shift lives.
   *
   * @example
   * const approve = async (plan: UninstallPlan) => console.log(`${plan.clusters.length} cluster to empty`);
   * const { ok, left } = await session.leave('east', { approve, drainMs: 2_000 });
   * console.log(ok ? `left after ${left.seconds} s` : left.clusters);
   */
  leave(cluster: string, options?: LeaveOptions): Promise<LeaveReport>;

  /**
   * What an uninstall would remove from each cluster, and what would stay and why. Writes nothing; a cluster that
   * cannot be read is a result.
   *
   * @example
   * const { clusters } = await session.planUninstall();
   * for (const plan of clusters) {
   *   console.log(plan.cluster, plan.outcome === 'Planned' ? `${plan.remove.length} objects` : plan.error.message);
   * }
   */
  planUninstall(options?: UninstallOptions): Promise<UninstallPlan>;

  /**
   * Takes everything of the mesh out of the chosen clusters, in an order that leaves no object stuck, and counts what is
   * left. `seconds` is its duration; `rootFolder` is where the root's key still is. Nothing is changed before `approve`
   * has returned. Throws why the first cluster cannot be read where none can.
   *
   * @example
   * const { ok, clusters } = await session.uninstall({ definitions: 'Keep' });
   * console.log(ok, clusters.map(({ cluster, outcome }) => `${cluster}: ${outcome}`));
   */
  uninstall(options?: UninstallOptions): Promise<UninstallReport>;
}
