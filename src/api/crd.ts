import { z } from 'zod';
import { mesh } from './mesh.ts';
import { meshCluster } from './mesh-cluster.ts';
import { meshClusterStatus } from './mesh-cluster-status.ts';
import { meshService } from './mesh-service.ts';
import { meshShift, meshShiftKind, meshShiftStatus } from './mesh-shift.ts';
import { validation } from './validation.ts';
import { wrappingKey, wrappingKeyKind } from './wrapping-key.ts';

export const apiGroup = 'isthmus.dev';
const version = 'v1alpha1';

type Schema = Record<string, unknown>;
type Validation = ReturnType<typeof validation>['x-kubernetes-validations'][number];

/** An object of apiextensions.k8s.io/v1. */
export interface CustomResourceDefinition {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Schema;
}

interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description?: string;
  /** 1: `kubectl get -o wide` alone shows it. */
  readonly priority?: 1;
}

interface Definition {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly schema: z.ZodType;
  /** What the operator writes; left out, conditions alone. */
  readonly status?: z.ZodType;
  readonly columns: readonly PrinterColumn[];
}

const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const column = (name: string, jsonPath: string): PrinterColumn => ({ name, type: 'string', jsonPath });

/** The kinds of the mesh file, with the names that kubectl takes for them. */
export const definitions: readonly Definition[] = [
  {
    kind: 'Mesh',
    plural: 'meshes',
    shortName: 'mesh',
    schema: mesh,
    columns: [column('Istio', '.spec.istio.version'), column('Trust-Domain', '.spec.trust.domain'), age],
  },
  {
    kind: 'MeshCluster',
    plural: 'meshclusters',
    shortName: 'mc',
    schema: meshCluster,
    status: meshClusterStatus,
    columns: [
      column('Network', '.spec.network'),
      column('Control-Plane', '.status.controlPlane'),
      column('Status', '.status.phase'),
      column('Peers', '.status.peers'),
      column('Gateways', '.status.gateways'),
      // A column of type date is for the past: of what is to come kubectl shows `<invalid>`.
      column('Cert-Left', '.status.certificateLeft'),
      age,
      { ...column('Remote-Of', '.spec.controlPlane.remoteOf'), priority: 1 },
      { ...column('External-Of', '.spec.controlPlane.externalOf'), priority: 1 },
    ],
  },
  {
    kind: 'MeshService',
    plural: 'meshservices',
    shortName: 'ms',
    schema: meshService,
    columns: [column('Host', '.spec.host'), column('Scope', '.spec.scope'), age],
  },
];

/** Not a kind of the mesh file: nobody writes one, and `kubectl get isthmus` does not show it. */
const wrappingKeyDefinition: Definition = {
  kind: wrappingKeyKind,
  plural: 'wrappingkeys',
  shortName: 'wk',
  schema: wrappingKey,
  columns: [age],
};

/** Not a kind of the mesh file either: it is the intent of a shift, and ends with it. */
const meshShiftDefinition: Definition = {
  kind: meshShiftKind,
  plural: 'meshshifts',
  shortName: 'mshift',
  schema: meshShift,
  status: meshShiftStatus,
  columns: [
    column('To', '.spec.to'),
    column('Phase', '.status.phase'),
    { name: 'Step', type: 'integer', jsonPath: '.status.step' },
    column('Expires', '.spec.expiresAt'),
    age,
  ],
};

/**
 * The CustomResourceDefinitions of the mesh file's kinds and of our own, generated from their schemas. A document that
 * the API server takes has the right form; what holds between documents is judged when the mesh is read.
 */
export function customResourceDefinitions(): readonly CustomResourceDefinition[] {
  return [...definitions, meshShiftDefinition, wrappingKeyDefinition].map(
    ({ kind, plural, shortName, schema, status, columns }) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${apiGroup}` },
      spec: {
        group: apiGroup,
        scope: 'Namespaced',
        names: {
          kind,
          listKind: `${kind}List`,
          plural,
          singular: kind.toLowerCase(),
          // The API server refuses a short name that is the singular too.
          ...(shortName === kind.toLowerCase() ? {} : { shortNames: [shortName] }),
          ...(kind === wrappingKeyKind ? {} : { categories: ['isthmus'] }),
        },
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            subresources: { status: {} },
            additionalPrinterColumns: columns,
            schema: { openAPIV3Schema: rootSchema(kind, schema, status) },
          },
        ],
      },
    }),
  );
}

/** A zod schema as the root of a structural schema (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/). */
function rootSchema(kind: string, schema: z.ZodType, status: z.ZodType | undefined): Schema {
  const whole = jsonSchema(schema);
  return {
    type: 'object',
    description: schema.description ?? `A ${kind} of Isthmus`,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: structural(propertyOf(whole, 'spec')),
      status: status === undefined ? statusSchema() : structural(jsonSchema(status)),
    },
    'x-kubernetes-validations': [
      ...nameRules(propertyOf(propertyOf(whole, 'metadata'), 'name')),
      ...validationsOf(whole),
    ],
  };
}

function jsonSchema(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' });
}

/** The API server judges names by its own rule alone: a name of ours is part of other names, and labels, too. */
function nameRules({ maxLength, pattern }: Schema): readonly Validation[] {
  const { 'x-kubernetes-validations': rules } = validation(
    ...(typeof maxLength === 'number'
      ? [[`self.metadata.name.size() <= ${maxLength}`, `a name has ${maxLength} characters at most`] as const]
      : []),
    ...(typeof pattern === 'string'
      ? [
          [
            `self.metadata.name.matches('${pattern}')`,
            'a name has a-z, 0-9 and "-", and starts and ends with a letter or digit',
          ] as const,
        ]
      : []),
  );
  return rules;
}

function validationsOf({ 'x-kubernetes-validations': rules }: Schema): readonly Validation[] {
  return Array.isArray(rules) ? rules : [];
}

/**
 * Defaults are not among them: an API server writes them into objects that were applied without, and their owner would then
 * be nobody (https://github.com/kubernetes/enhancements, KEP-555). Whoever reads a document fills them in.
 */
const kept = new Set([
  'type',
  'description',
  'enum',
  'pattern',
  'format',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'maxProperties',
  'required',
]);

/** What a structural schema may hold of a JSON schema; free-form values are kept as they are. */
function structural(schema: Schema): Schema {
  const result: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (kept.has(key) || key.startsWith('x-kubernetes-')) result[key] = value;
  }
  if (schema.type === 'integer') result.format ??= 'int32';
  const { properties, items, additionalProperties } = schema;
  if (isSchema(properties)) {
    result.properties = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, structural(isSchema(property) ? property : {})]),
    );
  }
  if (isSchema(items)) result.items = structural(items);
  if (isSchema(additionalProperties)) {
    if ('$ref' in additionalProperties) result['x-kubernetes-preserve-unknown-fields'] = true;
    else result.additionalProperties = structural(additionalProperties);
  }
  return result;
}

/** The schema of a property; an empty one where there is none. */
function propertyOf({ properties }: Schema, name: string): Schema {
  const found = isSchema(properties) ? properties[name] : undefined;
  return isSchema(found) ? found : {};
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Conditions as the Kubernetes API conventions have them. */
function statusSchema(): Schema {
  return {
    type: 'object',
    properties: {
      observedGeneration: { type: 'integer', format: 'int64' },
      conditions: {
        type: 'array',
        maxItems: 32,
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
        items: {
          type: 'object',
          required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
          properties: {
            type: { type: 'string', maxLength: 316 },
            status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
            reason: { type: 'string', minLength: 1, maxLength: 1024 },
            message: { type: 'string', maxLength: 32768 },
            lastTransitionTime: { type: 'string', format: 'date-time' },
            observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
          },
        },
      },
    },
  };
}
