import type { ErrorCode } from '../../base/error.ts';
import { option, remedy, repeat, run, runOn } from '../../base/remedy.ts';
import { type CatalogEntry, entry } from './entry.ts';

/** Errors of an operation: what it was given, what it refuses, what ended it. */
export const runErrors = {
  'adoption-refused': entry(
    'the Istio that is installed does not fit the mesh; nothing was changed',
    'A cluster is to be taken into the mesh with the Istio that it has (`renderer: Installed`), and something in that Istio keeps it out. Every finding is listed at once (`adopt-…`), each with what corrects it. Isthmus does not change an Istio that it did not install.',
    'The findings about the installed Istio; at least one of them is an error.',
    remedy`Correct what is listed, restart the workloads, then ${repeat()}; [adopt](topologies/adopt.md) has the steps`,
  ),
  cancelled: entry(
    'interrupted: nothing more was started',
    'The operation was interrupted. What had been done is kept.',
    'A signal, or the caller, ended it.',
    remedy`${repeat()}: it goes on from there`,
  ),
  'file-unreadable': entry(
    'mesh.yaml does not exist',
    'A file that the operation needs does not exist or cannot be read.',
    "The system's answer to reading it.",
    'Check the path and its permissions',
  ),
  'helm-failed': entry(
    "helm template istiod failed: values don't meet the specifications of the schema",
    "`helm` could not render Istio's charts; the message carries its own words.",
    'Its exit code and its error output.',
    'Check `spec.istio` of the Mesh (charts, version, values)',
  ),
  'helm-not-found': entry(
    'there is no helm on this machine',
    'The mesh is rendered by Helm and there is no `helm` where it was looked for.',
    'The program could not be started.',
    remedy`Install it, or name it with ${option('helm')} or the variable \`ISTHMUS_HELM\``,
  ),
  internal: entry(
    'cluster west was not opened',
    'Something happened that Isthmus does not foresee. This is a fault of Isthmus.',
    'An error that is none of the others.',
    'Please report it with the whole message',
  ),
  'invalid-config': entry(
    'mesh.yaml: 2 errors',
    'The configuration has findings that are errors, or an option has a value that cannot be used. Nothing has been written. Objects that would be larger than Kubernetes can store (1 MiB of data in a ConfigMap or Secret, 1.5 MiB in all) are refused in the same way; most of it comes from `spec.istio.values`.',
    'The documents and options are checked before any cluster is asked.',
    remedy`Correct what is shown, then ${repeat()}`,
  ),
  'istioctl-failed': entry(
    'istioctl manifest generate failed: unknown field "pilots"',
    '`istioctl` ended with an error while it rendered Istio. Its own words are in the message.',
    'Its exit code and its error output.',
    'Check `spec.istio.values`: most often a value has the wrong type',
  ),
  'istioctl-not-found': entry(
    'there is no istioctl on this machine',
    '`istioctl` is not where it was looked for.',
    'The program could not be started.',
    'Install the version that `spec.istio.version` asks for and put it on the PATH',
  ),
  'leave-refused': entry(
    'west is the home of mesh shop; nothing was changed',
    'A cluster was asked to leave that the mesh cannot do without: its home, a cluster in which the istiod of another one runs, or the only one. Or a MeshService names it, or a shift is under way: requests would be sent where nobody answers. Nothing was changed.',
    'The declared mesh, and the shifts that its home keeps.',
    'Move first what the hint names',
  ),
  'prune-guard': entry(
    'more would be deleted than one apply may delete; nothing was changed',
    'An apply would delete more objects of one cluster than one apply may: by default 5, or a tenth of what the inventory names, whichever is more, and three or more of a kind only where less than half of it goes. Mostly the mesh file lost a part that it should have. That a cluster would lose everything is never allowed: leaving and uninstalling do that.',
    'The inventory of the cluster, compared with what the mesh wants.',
    remedy`Look with ${run('plan')}, and put back into the mesh file what it should not have lost; a cluster is taken out with ${runOn('CLUSTER', 'leave')} while the file still declares it`,
  ),
  'prune-unsafe': entry(
    'east: Gateway istio-system/cross-network-gateway is no longer wanted, but whether it is still there cannot be read, so nothing was changed: the API networking.istio.io/v1 does not answer',
    'The mesh no longer wants an object that the inventory names, and whether it is still there cannot be read: the API that serves its kind does not answer. Such an API hides its objects, so nothing is deleted and nothing is forgotten.',
    "The API server's list of the kinds that it serves.",
    'Look at the APIServices of the cluster: one of them is not available',
  ),
  'renderer-version': entry(
    'the mesh wants Istio 1.31, but istioctl is version 1.30.2',
    'The istioctl or the charts are of another Istio version than `spec.istio.version` names.',
    'The version that they state.',
    'Give the right ones, or change the version',
  ),
  'rollout-stuck': entry(
    'cluster east: Deployment istio-system/istiod cannot become available: pod istiod-7c9: container discovery waits: ErrImagePull: … not found',
    'A Deployment of the mesh cannot become available, however long one waits: its image is not in the registry, its pods are refused (quota, account, policy) or taken by no node, its container crashes again and again, or somebody paused it or scaled it to 0. An apply ends there at once, or where only time tells, after 15 seconds to a minute. The other clusters go on.',
    'The Deployment, the pods of its newest template, their events, and the last line of a crashing container.',
    remedy`Correct the cause that the message names, then ${repeat()}`,
  ),
  'root-key-exposed': entry(
    'others than its owner may open /home/ann/.local/state/isthmus/shop/root.key (mode 0644)',
    "A new issuer must be signed, and other users of this machine may read or replace the private key of the mesh's root. Whoever has it can sign for every cluster.",
    'The mode of the file.',
    'Give it mode 0600; where others can have read it, make a new root',
  ),
  'root-key-missing': entry(
    "the home cluster west has no issuer (Secret isthmus-system/issuer), and a new one needs the root's key, which is not in /home/ann/.local/share/isthmus/shop",
    "A new issuer must be signed, and the private key of the mesh's root is not on this machine. It is never stored in a cluster.",
    'The folder of roots on this machine.',
    'Bring it back from where it is kept, or run on the machine that made it',
  ),
  'drill-refused': entry(
    'a shift of reviews.shop is under way; nothing was broken',
    'A drill was asked for that could not be undone or measured, or that would take more away than it is meant to: a cluster does not answer, an operator would repair the fault at once, a shift lives, a service would have no answer left by the model, nobody calls the service that is named, or the program that repairs the fault without this process does not run. Nothing was broken.',
    'The model of `isthmus whatif`, the shifts and the operator of the home cluster, the throw-away pods of the drill, and the sidecars of the callers of a service that is named.',
    'Correct what the message names, and begin again',
  ),
  'guard-refused': entry(
    'by the model 50% of the requests from west to reviews.shop.svc.cluster.local:9080 would be lost; nothing was changed',
    'An apply with a guard was asked for that by the model would lose requests which are answered now, or that could not be put back: it changes more than what steers requests, such as an istiod or a gateway, an operator would write it again, a shift lives, or the program that puts it back without this process does not run in a cluster. Nothing was changed.',
    'What the apply would write, the model of `isthmus whatif`, the shifts and the operator of the home cluster, and the pods that put things back.',
    'Correct what the message names, or apply it without a guard',
  ),
  'shift-refused': entry(
    'the model sends 0% of the requests from west to east at 5%, because east has no ready endpoint; nothing was changed',
    'A shift was asked for that would not have the effect that it is meant to have, or that could not be undone: the target has no endpoints, a rule of yours holds for the service, what the clusters hold is not what is declared, another shift is under way, or the program that puts the old weights back does not run in a cluster. No weight was written.',
    "The documents, the model of `isthmus trace`, and the undoer's pod in each cluster that would be written.",
    'Correct what the message names, and begin again',
  ),
  'stale-plan': entry(
    'the plan no longer holds; nothing was changed',
    "A plan is carried out only while everything that it depends on is as it was: the objects that it changes or deletes, the objects that are right already, the clusters behind the contexts, what Istio's renderer makes of the mesh file. The message names each thing that changed. Nothing was written.",
    'Everything that the plan recorded is read again.',
    remedy`Make a new one with ${run('plan')}, look at it, and apply that`,
  ),
  timeout: entry(
    'east: waited 300 s for Deployment istio-system/istiod; it is scaled to 0',
    'Something did not happen in the time given. The clusters may still get there by themselves.',
    'The time limit passed; the message says what was waited for.',
    remedy`Look again, or ${repeat()} with a longer ${option('timeout')}`,
  ),
  'tls-unverified': entry(
    'cluster west: keys would be sent to https://198.51.100.1:6443, whose certificate is not checked (insecure-skip-tls-verify); nothing was changed',
    'The kubeconfig switches the check of the server off, so that anybody on the way can be that server and would be given keys of CAs and tokens.',
    'The kubeconfig.',
    'Give certificate-authority-data in its place; [Troubleshooting](troubleshooting.md) has what holds where the way there is yours alone',
  ),
  'trust-invalid': entry(
    'the root on this machine cannot be used: root.crt has expired',
    "A certificate or key of the mesh's trust cannot be used: expired, of another root, not a CA, or not belonging together. The message lists all that is wrong. Nothing was signed or written with it.",
    'The chain and the keys are checked before they are used.',
    'Correct or restore the certificates that the message names',
  ),
  usage: entry(
    'No command registered for `aply`, did you mean `apply`?',
    'The call is wrong: an unknown command or option, or a missing value.',
    'The arguments are checked first.',
    'The help of each command shows what there is',
  ),
  'version-skew': entry(
    'versions that do not go together; nothing was changed',
    'An istiod would be installed or changed to a version that does not go with another istiod of the mesh, with proxies that it would serve, or with Kubernetes. Nothing was written.',
    'The istiods, proxies and API servers state their versions.',
    'Take the next step that the message names; [Upgrades](upgrades.md) has the rules',
  ),
} as const satisfies Partial<Record<ErrorCode, CatalogEntry>>;
