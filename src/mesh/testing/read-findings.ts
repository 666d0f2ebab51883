import { type Finding, positionOf } from '../../base/finding.ts';
import { settingCodes } from '../check/istio-settings.ts';
import { readText } from '../text/read-text.ts';

/** The name of the file that the tests read. */
export const file = 'mesh.yaml';

/** `line:column+length code`, the shape that most cases compare. */
export function places(text: string): string[] {
  return readText(text, file).findings.map((finding) => {
    const at = positionOf(finding);
    return `${at?.line}:${at?.column}+${at?.length} ${finding.code}`;
  });
}

/** The only finding of a text. Throws where there is another one, or where it does not keep the text from declaring a mesh. */
export function only(text: string): Finding {
  const { findings, declared } = readText(text, file);
  const [finding, ...others] = findings;
  if (finding === undefined || others.length > 0 || (declared !== undefined) !== settingCodes.includes(finding.code)) {
    throw new Error(`not one finding: ${findings.map(({ message }) => message).join('; ')}`);
  }
  return finding;
}
