import type { Finding, Severity } from '../../base/finding.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import type { Cause, DoctorReport } from '../../report/doctor.ts';
import { remedyText } from '../shell/remedy-text.ts';

const levels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' };

/**
 * A report as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/): a rule for each code, a result for each cause and
 * each consequence. What a result is about is a logical location; viewers that want a file are given the name of the cluster.
 */
export function sarifOf({ mesh, findings }: DoctorReport, source: string): JsonObject {
  const all = findings.flatMap((cause) => [cause, ...cause.consequences]);
  const codes = [...new Set(all.map(({ code }) => code))].toSorted();
  const results = findings.flatMap((cause) => [
    resultOf(cause, source, { consequences: cause.consequences.length }),
    ...cause.consequences.map((one) => resultOf(one, source, { followsFrom: labelOf(cause) })),
  ]);
  const driver = { name: 'isthmus doctor', informationUri: 'https://isthmus.dev', rules: codes.map((id) => ({ id })) };
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, properties: { mesh }, results }],
  };
}

type Found = Omit<Cause, 'consequences'>;

function labelOf({ code, cluster }: Pick<Finding, 'code' | 'cluster'>): string {
  return cluster === undefined ? code : `${cluster}: ${code}`;
}

function resultOf(finding: Found, source: string, more: Readonly<Record<string, Json>>): JsonObject {
  const {
    code,
    severity,
    cluster = 'mesh',
    object,
    message,
    confidence = 'Proved',
    remedy,
    impact,
    evidence = [],
  } = finding;
  const name = object === undefined ? cluster : `${cluster}/${object}`;
  return {
    ruleId: code,
    level: levels[severity],
    message: { text: plainMessage(`${message}. ${remedyText(remedy, { source })}`) },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: encodeURIComponent(cluster.toWellFormed()) } },
        logicalLocations: [{ fullyQualifiedName: name, kind: object === undefined ? 'module' : 'object' }],
      },
    ],
    properties: {
      confidence,
      ...(impact === undefined ? {} : { impact }),
      evidence: evidence.map(({ fact, source: where, at = '' }) => `${fact} (${where}${at === '' ? '' : `, ${at}`})`),
      ...more,
    },
  };
}

/**
 * A text as a message that has no placeholders and no links (sections 3.11.5 and 3.11.6): a viewer fills in `{0}`, and shows
 * `[text](address)` as a link wherever the text is from.
 */
function plainMessage(text: string): string {
  return text.replaceAll(/[{}]/g, '$&$&').replaceAll('](', '] (');
}
