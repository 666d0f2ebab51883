import { applyMesh, type BeforeChange } from '../apply/apply.ts';
import { IsthmusError } from '../base/error.ts';
import { option, remedy } from '../base/remedy.ts';
import type { ApplyReport } from '../report/apply.ts';
import { applyAndVerify, type Heard } from './apply-and-verify.ts';
import { guardedApply } from './guard/guarded-apply.ts';
import { openRun, type RunScope } from './open-run.ts';
import type { ApplyOptions } from './options.ts';
import { applyReport } from './reporting/apply.ts';
import type { SessionState } from './session.ts';
import { verifyUseCase } from './verify.ts';

/**
 * Makes the clusters what the mesh declares, or what a plan file planned. What can be refused is refused before the
 * first write; then a failure costs its own cluster's part, and the same again resumes.
 */
export async function applyUseCase(
  state: SessionState,
  options: ApplyOptions,
  scope: Pick<RunScope, 'mesh'> = {},
): Promise<ApplyReport> {
  const { verify, guard } = options;
  const apply = async (heard: Partial<Heard>, beforeChange?: BeforeChange): Promise<ApplyReport> => {
    await using run = await openRun(heard.state ?? state, options, { ...scope, operation: 'apply' });
    return applyReport(await applyMesh({ ...run.request, onInjecting: heard.onInjecting }, beforeChange));
  };
  if (guard !== undefined) {
    if (verify !== undefined) throw twice();
    return await guardedApply(state, { ...options, guard }, async (before) => await apply({}, before));
  }
  return verify === undefined
    ? await apply({})
    : await applyAndVerify(state, { ...options, verify }, { apply, verify: verifyUseCase });
}

/** The requests of a verification come from pods of its own, which a guard would take for those of the mesh. */
function twice(): IsthmusError {
  return new IsthmusError('usage', 'an apply is either verified or guarded', {
    remedy: remedy`leave ${option('guard')} or ${option('verify')} out`,
  });
}
