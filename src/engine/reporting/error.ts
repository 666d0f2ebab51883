import type { IsthmusError } from '../../base/error.ts';
import { partsOf } from '../../base/remedy.ts';
import type { ReportedError } from '../../report/error.ts';

/** An error as a report holds it: what is documented of it, without its cause. */
export function reportedError({ code, message, remedy, cluster, retry }: IsthmusError): ReportedError {
  return {
    code,
    message,
    ...(remedy === undefined ? {} : { remedy: partsOf(remedy) }),
    ...(cluster === undefined ? {} : { cluster }),
    retry,
  };
}
