import type { ClusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import type { Finding } from '../../base/finding.ts';
import { remedy, repeat } from '../../base/remedy.ts';
import { isChosen, type Scope } from '../options.ts';
import type { Prepared } from '../read/prepare.ts';

/** What is worth knowing of the adopted clusters and stops nothing. */
export function adoptionNotices(
  prepared: readonly Prepared[],
): readonly { readonly cluster: ClusterName; readonly message: string }[] {
  return prepared.flatMap(({ topology, adoption }) =>
    (adoption?.findings ?? [])
      .filter(({ severity }) => severity !== 'error')
      .map(({ message }) => ({ cluster: topology.name, message })),
  );
}

/**
 * Throws `adoption-refused` where an Istio that a chosen cluster has does not fit the mesh, with every finding. `trust` is
 * what else was found wrong, with the certificates, so that all of it is reported at once.
 */
export function refuseMisfits(prepared: readonly Prepared[], options: Pick<Scope, 'only'>, trust?: IsthmusError): void {
  const misfits = prepared.flatMap(({ topology: { name }, adoption }) =>
    isChosen(name, options) ? (adoption?.findings ?? []).filter(({ severity }) => severity === 'error') : [],
  );
  if (misfits.length === 0) return;
  throw new IsthmusError('adoption-refused', 'the Istio that is installed does not fit the mesh; nothing was changed', {
    cause: trust,
    findings: [...misfits, ...(trust === undefined ? [] : [trustFinding(trust)])],
    remedy: remedy`correct the installed Istio, which Isthmus does not change: run these commands, those of istioctl with the other settings that it was installed with, restart the workloads, then ${repeat()}`,
  });
}

function trustFinding({ message, remedy: hint }: IsthmusError): Finding {
  return {
    code: 'trust-bundle',
    severity: 'error',
    category: 'Trust',
    message,
    remedy: hint ?? 'restore the certificates that belong to this mesh',
  };
}
