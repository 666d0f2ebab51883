import type { IsthmusError } from '../../../base/error.ts';
import type { Finding } from '../../../base/finding.ts';
import { option, type Remedy, remedy, run, runOn } from '../../../base/remedy.ts';
import { seen } from '../../facts/reading.ts';

/** A cluster that does not answer, or refuses the objects of the probes; `at` is RFC 3339. */
export function clusterRefusal(
  cluster: string,
  { code, message, remedy: hint }: Pick<IsthmusError, 'code' | 'message' | 'remedy'>,
  at: string,
): Finding {
  const denied = remedy`give the account the rights of ${runOn('verify', 'rbac')}`;
  return {
    code: 'verify-cluster',
    severity: 'error',
    category: 'Reach',
    cluster,
    message,
    remedy: hint ?? (code === 'access-denied' ? denied : remedy`see which clusters answer with ${run('status')}`),
    evidence: seen(message, `API server of ${cluster}`, at),
  };
}

/** The run ended before the pods of a cluster were created. */
export function outOfTime(cluster: string, at: string): Finding {
  return {
    code: 'verify-cluster',
    severity: 'error',
    category: 'Reach',
    cluster,
    message: 'timed out before the pods were created',
    remedy: moreTime,
    evidence: seen('no pod was created in time', `API server of ${cluster}`, at),
  };
}

/** Where a run ended too early. */
export const moreTime: Remedy = remedy`give the run more time with ${option('timeout')}`;

/** No injection webhook selects the namespace of the probes. */
export function sidecarRefusal(
  cluster: string,
  injectionLabels: Readonly<Record<string, string>>,
  at: string,
): Finding {
  const labels = Object.entries(injectionLabels).map(([key, value]) => `${key}=${value}`);
  return {
    code: 'verify-pods',
    severity: 'error',
    category: 'Lifecycle',
    cluster,
    message: `the pods in ${cluster} were created without a sidecar`,
    remedy: `compare the MutatingWebhookConfigurations of ${cluster} with the Istio revision: none selects a namespace with the label ${labels.join(', ')}`,
    evidence: seen('the pods have no container istio-proxy', `${cluster}: pods as created`, at),
  };
}

/** A probe pod was refused. */
export function podRefusal(
  cluster: string,
  { message, remedy: hint }: Pick<IsthmusError, 'message' | 'remedy'>,
  at: string,
): Finding {
  return {
    code: 'verify-pods',
    severity: 'error',
    category: 'Lifecycle',
    cluster,
    message: `a probe pod was refused: ${message}`,
    remedy:
      hint ??
      `see what refused it in ${cluster}: an admission webhook that does not answer (istiod), Pod Security, or a quota`,
    evidence: seen(message, `API server of ${cluster}`, at),
  };
}
