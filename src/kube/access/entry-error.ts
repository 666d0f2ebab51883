import { IsthmusError } from '../../base/error.ts';
import type { Remedy } from '../../base/remedy.ts';
import type { KubeconfigOrigin } from './kubeconfig.ts';

/** What an entry's errors name. */
export interface Where {
  readonly cluster: string;
  readonly entry: string;
  readonly origin: KubeconfigOrigin;
}

export function invalid(where: Where, problem: string, mended: Remedy): IsthmusError {
  return failure('invalid-kubeconfig', `${where.entry} in ${where.origin.name} ${problem}`, {
    cluster: where.cluster,
    remedy: mended,
  });
}

export function failure(
  code: 'invalid-kubeconfig' | 'context-not-found',
  message: string,
  options: { readonly cluster: string; readonly remedy: Remedy },
): IsthmusError {
  return new IsthmusError(code, `cluster ${options.cluster}: ${message}`, options);
}
