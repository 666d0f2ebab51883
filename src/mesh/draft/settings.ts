import { isJsonObject, type Json, type JsonObject, mergeJson, textAt, valueAt } from '../../base/json.ts';
import { sourceText } from '../text/source.ts';
import { readStream } from '../text/stream.ts';
import type { LeftOut } from './draft.ts';

/** The text of a file with settings of an Istio. */
export interface SettingsText {
  readonly name: string;
  readonly text: string;
}

/** What one document sets, whichever form it has: as an IstioOperator's `spec` has it. */
export interface Settings {
  readonly file: string;
  readonly values: JsonObject;
  readonly meshConfig: JsonObject;
  /** Only an IstioOperator has them. */
  readonly components: JsonObject;
  /** The settings of an east-west gateway's own chart. */
  readonly gateway?: JsonObject | undefined;
}

export interface ReadSettings {
  readonly found: readonly Settings[];
  readonly leftOut: readonly LeftOut[];
  /** What is wrong with the syntax; then there are no settings. */
  readonly problems: readonly { readonly message: string; readonly line?: number | undefined }[];
}

/** Reads IstioOperators and Helm values. Documents of other kinds are left out. */
export function readSettings({ name: file, text }: SettingsText): ReadSettings {
  const { documents, findings } = readStream(sourceText(file, text.replace(/^\uFEFF/, '')));
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    return {
      found: [],
      leftOut: [],
      problems: errors.map(({ message, at }) => ({
        message,
        line: at !== undefined && 'line' in at ? at.line : undefined,
      })),
    };
  }
  const parts = documents.flatMap((document) => (document === undefined ? [] : [readDocument(file, document.value)]));
  return {
    found: parts.flatMap(({ found }) => found),
    leftOut: parts.flatMap(({ leftOut }) => leftOut),
    problems: [],
  };
}

type ReadDocument = Omit<ReadSettings, 'problems'>;

function readDocument(file: string, value: Json): ReadDocument {
  if (!isJsonObject(value))
    return { found: [], leftOut: [{ file, setting: '', reason: 'a document that is not a map' }] };
  const { kind } = value;
  if (kind === 'IstioOperator') return readOperator(file, value);
  if (kind !== undefined || value.apiVersion !== undefined) {
    const [what, named] = [String(kind ?? 'document'), textAt(value, ['metadata', 'name'])];
    const setting = named === undefined ? what : `${what} ${named}`;
    return { found: [], leftOut: [{ file, setting, reason: 'not settings of an Istio installation' }] };
  }
  return readValues(file, value);
}

/** Why parts of an IstioOperator have no place. */
const ofOperator: Readonly<Record<string, string>> = {
  addonComponents: 'istioctl no longer installs add-ons: install them with their own charts',
  installPackagePath: 'the renderer brings its own charts',
  profile: 'Isthmus chooses the profile by the role of each cluster',
};

const taken: ReadonlySet<string> = new Set([
  ...['values', 'unvalidatedValues', 'meshConfig', 'components', 'hub', 'tag', 'revision', 'namespace'],
]);

function readOperator(file: string, document: JsonObject): ReadDocument {
  const spec = objectAt(document, ['spec']);
  const { meshConfig: inValues, ...values } = mergeJson(
    objectAt(spec, ['unvalidatedValues']),
    objectAt(spec, ['values']),
  );
  const { hub, tag, revision, namespace } = spec;
  const global = { ...given({ hub, tag }), ...(namespace === undefined ? {} : { istioNamespace: namespace }) };
  const leftOut = Object.keys(spec)
    .filter((key) => !taken.has(key))
    .map((key) => ({ file, setting: `spec.${key}`, reason: ofOperator[key] ?? 'a mesh file has no place for it' }));
  return {
    found: [
      {
        file,
        values: mergeJson(mergeJson({ global }, values), given({ revision })),
        meshConfig: mergeJson(isJsonObject(inValues) ? inValues : {}, objectAt(spec, ['meshConfig'])),
        components: objectAt(spec, ['components']),
      },
    ],
    leftOut,
  };
}

/** The keys of the values that a mesh file takes as they are; every other one of istiod's chart belongs below `pilot`. */
const ownKeys: ReadonlySet<string> = new Set([
  ...['base', 'compatibilityVersion', 'defaultRevision', 'experimental', 'gatewayClasses', 'global', 'istiodRemote'],
  ...['pilot', 'platform', 'profile', 'revision', 'revisionTags', 'sidecarInjectorWebhook', 'telemetry'],
]);

/** Settings of the Helm chart `istiod`, or of the chart `gateway`. */
function readValues(file: string, document: JsonObject): ReadDocument {
  const isGateway =
    document.networkGateway !== undefined || (document.service !== undefined && document.global === undefined);
  if (isGateway) {
    const network = document.networkGateway ?? null;
    const values = network === null ? {} : { global: { network } };
    return { found: [{ file, values, meshConfig: {}, components: {}, gateway: document }], leftOut: [] };
  }
  const { meshConfig, ...values } = document;
  const [own, others] = [
    Object.entries(values).filter(([key]) => ownKeys.has(key)),
    Object.entries(values).filter(([key]) => !ownKeys.has(key) && !isOther(key)),
  ];
  const leftOut = Object.keys(values)
    .filter(isOther)
    .map((key) => ({ file, setting: key, reason: otherReason }));
  const pilot = Object.fromEntries(others);
  const under = others.length === 0 ? {} : { pilot };
  return {
    found: [
      {
        file,
        values: mergeJson(under, Object.fromEntries(own)),
        meshConfig: isJsonObject(meshConfig) ? meshConfig : {},
        components: {},
      },
    ],
    leftOut,
  };
}

const otherReason = 'Isthmus installs istiod and the east-west gateway; install this beside the mesh';

/** Parts of an installation that are neither istiod nor its sidecars. */
export function isOther(key: string): boolean {
  return ['cni', 'gateways', 'istio_cni', 'ztunnel'].includes(key);
}

export { otherReason };

function given(object: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function objectAt(value: Json | undefined, path: readonly string[]): JsonObject {
  const found = valueAt(value, path);
  return isJsonObject(found) ? found : {};
}
