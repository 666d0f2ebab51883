import type { Snapshot } from '../discovery/values/snapshot.ts';
import type { ServiceName } from '../mesh/declared.ts';
import type { ApproveLosses } from '../plan/loss.ts';
import type { JoinReport } from '../report/join.ts';
import type { UninstallPlan } from '../report/uninstall.ts';
import type { WhatIf } from '../report/whatif.ts';
import type { RightsCommand } from '../rights/commands.ts';
import type { Subject } from '../rights/roles.ts';

export type { ServiceName } from '../mesh/declared.ts';
export type { ApproveLosses, Loss } from '../plan/loss.ts';

/** What the user takes upon himself: nothing by default. The command line has a flag for each. */
export interface Allowances {
  /**
   * Keys and tokens may be sent to an API server whose certificate is not checked (insecure-skip-tls-verify). Without it
   * `apply`, `renewTrust`, `join` and `leave` throw `tls-unverified`.
   */
  readonly allowInsecureTls?: boolean | undefined;
  /**
   * A kubeconfig that the mesh file names (`spec.access.kubeconfig`) may run credential plug-ins and read credentials from
   * files, as the user's own may. Without it that is `invalid-kubeconfig`.
   */
  readonly trustKubeconfig?: boolean | undefined;
}

/** What versions are asked of. */
export interface VersionOptions extends UseCaseOptions, RendererPaths {}

/** How a session works. */
export interface OpenOptions extends Allowances {
  /**
   * `PerCall` connects to the clusters for each function and closes the connections after it; for a process that does
   * one thing and ends. `Kept` holds one connection per cluster until the session is disposed: a cluster that goes away
   * is tried again with growing pauses, and costs its part of a report at once until then. Default `PerCall`.
   */
  readonly connections?: 'Kept' | 'PerCall';
}

/** Options of every use case. */
export interface UseCaseOptions {
  /** Only these clusters of the mesh; left out, all. */
  readonly clusters?: readonly string[] | undefined;
  /** How long the whole may take, in milliseconds; default 300,000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * The paths of the programs that render Istio, of which the mesh's `spec.istio` needs one; left out, those of
 * ISTHMUS_ISTIOCTL and ISTHMUS_HELM, then those on PATH.
 */
export interface RendererPaths {
  /** Several where the mesh holds several versions of Istio: each is asked for its own. */
  readonly istioctl?: string | readonly string[] | undefined;
  readonly helm?: string | undefined;
}

export interface RenderOptions extends RendererPaths {
  /** How long the whole may take, in milliseconds; default 300,000. */
  readonly timeoutMs?: number | undefined;
}

/** Clusters of the mesh that the others do without for a time; the documents go on declaring them. */
export interface Absences {
  /** The others are taken for a mesh without them. `leave-refused` where it cannot do without one, such as its home. */
  readonly without?: readonly string[] | undefined;
  /** The others read nothing of them, so that no request goes there: their remote secrets go and nothing else. */
  readonly drained?: readonly string[] | undefined;
}

export interface ServicesOptions extends UseCaseOptions {
  /** One service, `name.namespace` or its full host name; left out, every one that applications call. */
  readonly service?: string | undefined;
  /** Counts for so long where requests really go, in milliseconds, up to 600,000; left out, they are predicted alone. */
  readonly measureMs?: number | undefined;
}

/** What a shift is asked to do. */
export interface ShiftOptions {
  /** The service, `name.namespace`; `*.namespace` for those of the namespace that are shifted together. */
  readonly service: string;
  /**
   * How to begin: the target cluster, its share at each step in percent, and for how long each step is measured at least. Left out,
   * the shift of the service that there is goes on.
   */
  readonly begin?: ShiftPlan | undefined;
  /** How long a step may go without a verdict, in milliseconds; default 300,000. Then the shift is paused and `timeout` is thrown. */
  readonly timeoutMs?: number | undefined;
  /** The image of the undoers; left out, the one of the ports, else `isthmus.invalid/isthmus:VERSION`, which is made from the source. */
  readonly probeImage?: string | undefined;
}

export interface ShiftPlan {
  /** Of the services of a namespace, those with these labels: `tier=front,team=shop`; left out, all of them. */
  readonly selector?: string | undefined;
  readonly to: string;
  /** Whole percents, each larger than the one before. */
  readonly steps: readonly number[];
  readonly everyMs: number;
  /** `errors>+1%`, percentage points above the source clusters, and `p99>+50ms` or `p99>+20%`, slower than they are; empty, nothing but a target without endpoints sends it back. */
  readonly abortOn: readonly string[];
  /** When the old weights return, in milliseconds from now, whatever becomes of this process. */
  readonly expiresMs: number;
}

/** Which shift is steered from outside, and how: `Pause` keeps its weights, `Promote` keeps them for good, `Abort` puts the old ones back. */
export interface SteerShiftOptions extends UseCaseOptions, RendererPaths {
  /** The service, `name.namespace`, or `*.namespace`. */
  readonly service: string;
  readonly action: 'Pause' | 'Promote' | 'Abort';
}

/** What is broken on purpose, for how long, and under which load. */
export interface DrillOptions {
  /**
   * `gateway:CLUSTER`, `istiod:CLUSTER`, `endpoints:CLUSTER`, those of the drill's own service, or `endpoints:NAMESPACE/SERVICE@CLUSTER`,
   * those of a service of the mesh, whose own callers are counted then.
   */
  readonly fault: string;
  /** For how long it stays broken, in milliseconds; default 60,000. */
  readonly forMs?: number | undefined;
  /** Requests a second that each cluster's caller sends to the drill's own service, 1 to 200; default 10. */
  readonly perSecond?: number | undefined;
  /** The image of the throw-away pods; left out, the one of the ports, else `isthmus.invalid/isthmus:VERSION`. */
  readonly probeImage?: string | undefined;
  /** Called with what the model says of the mesh with the fault, before anything is made; what it throws ends the drill. */
  readonly approve?: ((blast: WhatIf) => Promise<void>) | undefined;
}

/** Which shifts are shown. */
export interface ShiftsOptions extends UseCaseOptions {
  /** One service, `name.namespace`; left out, every one of the mesh. */
  readonly service?: string | undefined;
}

export interface StatusOptions extends UseCaseOptions, RendererPaths, Absences {
  /** `Leave` compares nothing with what is declared, which takes Istio's renderer. Default `Compare`; a snapshot is not compared. */
  readonly drift?: 'Compare' | 'Leave' | undefined;
}

export interface ApplyOptions extends UseCaseOptions, RendererPaths, Absences {
  /** How long each wait may take, in milliseconds (a plan waits for nothing: the whole); default 300,000. */
  readonly timeoutMs?: number | undefined;
  /** How many objects may be deleted in each cluster; left out, 5 or a tenth of them, whichever is more, and less than half of a kind of which three or more go. */
  readonly maxDelete?: number | undefined;
  /** Whether the declared documents are written into the home cluster. Default `Write`. */
  readonly homeDocuments?: 'Write' | 'Leave' | undefined;
  /**
   * Clusters that are not chosen and are known to be as declared, so that the others may lose what only an earlier mesh used; left
   * out, none.
   */
  readonly settled?: readonly string[] | undefined;
  /** The MeshServices whose DestinationRule and VirtualService are left as they are, or away; left out, none. */
  readonly pausedServices?: readonly ServiceName[] | undefined;
  /**
   * Requests are sent as `verify` sends them, from pods that start while the apply is still at work; left out, none are.
   * The report has them as `verification`. A plan sends none.
   */
  readonly verify?: VerifyOptions | undefined;
  /**
   * The requests of the mesh are watched for a while, and what was there before is put back where more of them fail, or a cluster
   * answers that the model did not name. The report has it as `guard`. Not together with `verify`; a plan watches nothing.
   */
  readonly guard?: GuardOptions | undefined;
  /** Called before anything is changed where an apply deletes objects or gives up an address; left out, that is approved. */
  readonly approveLosses?: ApproveLosses | undefined;
}

/** How a change is watched. */
export interface GuardOptions {
  /** For how long, in milliseconds, from 10,000 to 3,600,000. */
  readonly forMs: number;
  /** The image of the pods that put it back; left out, the one of the ports, else `isthmus.invalid/isthmus:VERSION`. */
  readonly probeImage?: string | undefined;
}

export interface OperatorApplyOptions
  extends UseCaseOptions,
    Pick<ApplyOptions, 'maxDelete' | 'approveLosses' | 'verify'> {
  /** Told what is waited for. */
  readonly onWait?: ((what: string) => void) | undefined;
}

export interface PlanOptions extends ApplyOptions {
  /** `Leave` predicts no traffic, which takes reading the whole mesh. Default `Predict`. */
  readonly traffic?: 'Predict' | 'Leave' | undefined;
  /** The path of a plan file to write: `openMesh({ plan })` applies just that. */
  readonly out?: string | undefined;
}

export interface RolesOptions {
  /**
   * The use case that the roles are for; `applyGuarded` is an apply with `guard`, `traceLive` a trace with `live`, `verifySweep` a verify that deletes what
   * earlier runs left, `uninstallAnyIstio` an uninstall with `anyIstio`.
   */
  readonly command: RightsCommand;
  /** Who gets the roles; left out, nobody. */
  readonly subjects?: readonly Subject[] | undefined;
}

export interface MeshRolesOptions extends RolesOptions {
  /** The clusters that the roles are for; left out, all. */
  readonly clusters?: readonly string[] | undefined;
}

export interface VerifyOptions extends UseCaseOptions {
  /** Measured requests for every pair, from 1 to 1,000; default 40. */
  readonly requests?: number | undefined;
  /** The image of the throw-away pods; left out, the one of the ports, else `isthmus.invalid/isthmus:VERSION`, which is made from the source. */
  readonly probeImage?: string | undefined;
}

export interface TrustOptions extends UseCaseOptions {
  /** Which sidecars are asked; `Sample` takes up to five in each cluster. Default `Sample`. */
  readonly sidecars?: 'All' | 'Sample' | undefined;
}

export interface DoctorOptions extends UseCaseOptions, RendererPaths {
  /** `Leave` compares nothing with what is declared, which takes Istio's renderer. Default `Compare`; a snapshot is not compared. */
  readonly drift?: 'Compare' | 'Leave' | undefined;
  /** How long one cluster may take to answer all that is asked of it, in milliseconds; default 60,000. */
  readonly clusterTimeoutMs?: number | undefined;
  /** `Requests` sends requests too, from throw-away pods in each cluster: needs the rights of a verification. Default `Leave`. */
  readonly active?: 'Requests' | 'Leave' | undefined;
  /** The image of those pods; left out, that of the package. */
  readonly probeImage?: string | undefined;
  /** The path of an archive to write: the report and a snapshot of what it was made from, without credentials. */
  readonly bundle?: string | undefined;
}

export interface TraceOptions extends UseCaseOptions {
  /** Who calls: `CLUSTER/NAMESPACE/WORKLOAD-OR-POD`. */
  readonly from: string;
  /** What is called, as the application writes it. */
  readonly to: { readonly host: string; readonly port: number };
  /** A subset that the request goes to, whatever the routes say. */
  readonly subset?: string | undefined;
  /** The request's headers by name; routes may match them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The path, with the query; `/` where it is left out. */
  readonly path?: string | undefined;
  /** The method; `GET` where it is left out. */
  readonly method?: string | undefined;
  /** Pairs of networks, `NETWORK-NETWORK`, whose pods reach each other without a gateway. */
  readonly connected?: readonly string[] | undefined;
  /** Hold the prediction against the real istiod and Envoy, and with `Request` against real requests too. */
  readonly live?: 'Configuration' | 'Request' | undefined;
}

/** Plain JSON: the objects of each cluster and the settings of each istiod, and what of them could not be read. */
export type TrafficFacts = Snapshot;

export interface WhatIfOptions extends UseCaseOptions {
  /** The path of all requests; `/` where it is left out. */
  readonly path?: string | undefined;
  /** The method of all requests; `GET` where it is left out. */
  readonly method?: string | undefined;
  /** Parts that are gone, such as `cluster:east` or `network-link:us-eu`. */
  readonly down?: readonly string[] | undefined;
  /** Services that are split between clusters in percent, such as `reviews.shop:west=30,east=70`. */
  readonly splits?: readonly string[] | undefined;
  /** Texts of files with objects that are added, replaced or deleted. */
  readonly changes?: readonly NamedText[] | undefined;
  /** Pairs of networks, `NETWORK-NETWORK`, whose pods reach each other without a gateway. */
  readonly connected?: readonly string[] | undefined;
}

/** The text of a file, and the name that messages give it. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

export interface JoinOptions extends Omit<ApplyOptions, 'clusters'> {
  /** The image of the throw-away pods; left out, the one of the ports, else `isthmus.invalid/isthmus:VERSION`, which is made from the source. */
  readonly probeImage?: string | undefined;
  /** `Check` runs the checks alone; default `Join`. */
  readonly until?: 'Check' | 'Join' | undefined;
  /** Called with what the checks found, before anything is changed. */
  readonly onChecked?: ((report: JoinReport) => void) | undefined;
}

/** Decides whether what a plan shows is removed. Throws to stop: the error is passed on, and nothing has been changed. */
export type Approve = (plan: UninstallPlan) => Promise<void>;

export interface LeaveOptions extends Omit<ApplyOptions, 'clusters'> {
  /** `Lost`: the cluster is permanently gone, so that only the others are changed. Default `Whole`. */
  readonly side?: 'Whole' | 'Lost' | undefined;
  /** `Leave` does not bring the others to the mesh without it, because someone else does. Default `Apply`. */
  readonly others?: 'Apply' | 'Leave' | undefined;
  /** How long its gateway is kept for the requests under way, in milliseconds; default 10,000. */
  readonly drainMs?: number | undefined;
  /** Called before anything is changed; left out, everything is approved. */
  readonly approve?: Approve | undefined;
}

export interface UninstallOptions extends UseCaseOptions {
  /** `AnyIstio` removes an Istio too that Isthmus did not install. Default `Mesh`. */
  readonly reach?: 'Mesh' | 'AnyIstio' | undefined;
  /** Whether Istio's definitions go too. Default `Keep`. */
  readonly definitions?: 'Keep' | 'Remove' | undefined;
  /** Called before anything is changed; left out, everything is approved. */
  readonly approve?: Approve | undefined;
}

/** A cluster of a draft. */
export interface DraftContext {
  /** The kubeconfig context that leads to it. */
  readonly context: string;
  /** The cluster's name in the mesh; left out, what its istiod calls it, else the context as far as it can be a name. */
  readonly cluster?: string | undefined;
  /** The cluster's network; left out, the one that it states, else one of its own. */
  readonly network?: string | undefined;
}

export interface DraftOptions {
  /** The clusters. With `settings`: the contexts and networks of clusters that those name. */
  readonly contexts?: readonly DraftContext[] | undefined;
  /** Texts of IstioOperator files or Helm values, instead of asking clusters. */
  readonly settings?: readonly NamedText[] | undefined;
  /** The mesh's name; left out, the mesh id that is there, else `mesh`. */
  readonly name?: string | undefined;
  /** The version of Istio; left out, the one that is there, else the one of the istioctl at hand. */
  readonly istio?: string | undefined;
  /** The path or URL of the JSON Schema for the first line of the file. */
  readonly schema?: string | undefined;
  /** How long the whole may take, in milliseconds; default 300,000. */
  readonly timeoutMs?: number | undefined;
}
