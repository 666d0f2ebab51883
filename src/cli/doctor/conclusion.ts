import { IsthmusError } from '../../base/error.ts';
import { nearMatch } from '../../base/near-match.ts';
import type { DoctorReport } from '../../report/doctor.ts';
import { categories } from '../../report/finding.ts';
import { commonExitCode, type ExitCode, exitCodeOfVerdict, exitCodes } from '../shell/exit-code.ts';
import type { DoctorFlags } from '../shell/flags.ts';

/** A category as people write it: `data-path`, `DataPath`. */
export function categoryNamed(text: string): (typeof categories)[number] {
  const plain = (word: string): string => word.toLowerCase().replaceAll(/[-_ ]/g, '');
  const found = categories.find((one) => plain(one) === plain(text));
  if (found !== undefined) return found;
  const near = nearMatch(plain(text), categories.map(plain));
  throw new IsthmusError('usage', `there is no category ${text}`, {
    remedy: near === undefined ? `the categories are ${categories.join(', ')}` : `did you mean ${near}?`,
  });
}

/** Causes of these categories, and those of which a consequence is; all where none was chosen. */
export function chosen(report: DoctorReport, wanted: readonly (typeof categories)[number][]): DoctorReport {
  if (wanted.length === 0) return report;
  const isWanted = ({ category }: Pick<DoctorReport['findings'][number], 'category'>): boolean =>
    category !== undefined && wanted.includes(category);
  return { ...report, findings: report.findings.filter((one) => isWanted(one) || one.consequences.some(isWanted)) };
}

/** Where no cluster answered, why the first one did not. */
export function exitCodeOf(
  { verdict, clusters, findings }: DoctorReport,
  flags: Pick<DoctorFlags, 'acceptUnknown' | 'failOn'>,
): ExitCode {
  const errors = clusters.flatMap(({ error }) => error ?? []);
  if (errors.length > 0 && errors.length === clusters.length && flags.acceptUnknown !== true) {
    return commonExitCode(errors);
  }
  const least = severities.indexOf(flags.failOn);
  const all = findings.flatMap((one) => [one, ...one.consequences]);
  const isGrave = all.some(
    ({ severity, confidence }) => severities.indexOf(severity) >= least && confidence !== 'Unknown',
  );
  if (isGrave) return exitCodes.answerIsNo;
  const isUnknown = verdict !== 'Yes' && all.some(({ confidence }) => confidence === 'Unknown');
  return exitCodeOfVerdict(isUnknown ? 'Unknown' : 'Yes', flags);
}

const severities: readonly string[] = ['info', 'warning', 'error'];
