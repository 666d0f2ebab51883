import type { ErrorCode } from '../../base/error.ts';
import type { FindingCode } from '../../base/finding.ts';
import { adoptEntries } from './adopt.ts';
import { clusterEntries } from './cluster.ts';
import { clusterErrors } from './cluster-errors.ts';
import type { CatalogEntry } from './entry.ts';
import { joinEntries } from './join.ts';
import { meshEntries } from './mesh.ts';
import { meshFileEntries } from './mesh-file.ts';
import { runErrors } from './run-errors.ts';
import { traceEntries } from './trace.ts';
import { verifyEntries } from './verify.ts';

/** What every code of a finding stands for; docs/errors.md is made of it. */
export const findingCatalog: Readonly<Record<FindingCode, CatalogEntry>> = {
  ...meshFileEntries,
  ...clusterEntries,
  ...adoptEntries,
  ...joinEntries,
  ...meshEntries,
  ...verifyEntries,
  ...traceEntries,
};

/** What every code of an error stands for. */
export const errorCatalog: Readonly<Record<ErrorCode, CatalogEntry>> = { ...clusterErrors, ...runErrors };
