import { applyMesh } from '../apply/apply.ts';
import type { ApplyReport } from '../report/apply.ts';
import { applyAndVerify, type Heard } from './apply-and-verify.ts';
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
  const { verify } = options;
  const apply = async (heard: Partial<Heard>): Promise<ApplyReport> => {
    await using run = await openRun(heard.state ?? state, options, { ...scope, operation: 'apply' });
    return applyReport(await applyMesh({ ...run.request, onInjecting: heard.onInjecting }));
  };
  return verify === undefined
    ? await apply({})
    : await applyAndVerify(state, { ...options, verify }, { apply, verify: verifyUseCase });
}
