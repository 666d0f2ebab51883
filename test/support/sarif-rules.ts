import { z } from 'zod';

/**
 * The objects of SARIF 2.1.0 that we write, with the rules that its specification has for them: no other property, and what
 * its JSON schema cannot say (section numbers below).
 */
const bag = z.looseObject({ tags: z.optional(z.array(z.string())) });
const text = z.string().min(1);

/** §3.11.5: braces of a message's text are doubled; what stands alone would be a placeholder. */
const withoutPlaceholders = text.refine((one) => !/[{}]/.test(one.replaceAll(/\{\{|\}\}/g, '')), 'has a placeholder');
/** §3.11.6: a link is `[text](address)`; ours have none. */
const plain = withoutPlaceholders.refine((one) => !one.includes(']('), 'has a link');

/** RFC 3986: a relative reference without a scheme, of the characters that one may have. */
const relativeReference = z.string().regex(/^(?:[A-Za-z0-9\-._~!$&'()*+,;=@/]|%[0-9A-F]{2})+$/);

const location = z.strictObject({
  physicalLocation: z.strictObject({ artifactLocation: z.strictObject({ uri: relativeReference }) }),
  logicalLocations: z.array(z.strictObject({ fullyQualifiedName: text, kind: z.enum(['module', 'object']) })).min(1),
});

const result = z.strictObject({
  ruleId: text,
  level: z.enum(['none', 'note', 'warning', 'error']),
  message: z.strictObject({ text: plain }),
  locations: z.array(location).min(1),
  properties: bag,
});

const rules = z
  .array(z.strictObject({ id: text }))
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'a rule is there twice');

const run = z
  .strictObject({
    tool: z.strictObject({ driver: z.strictObject({ name: text, informationUri: z.url(), rules }) }),
    properties: bag,
    results: z.array(result),
  })
  .refine(
    ({ tool, results }) => results.every(({ ruleId }) => tool.driver.rules.some(({ id }) => id === ruleId)),
    'a result has a rule that is not listed (§3.27.5)',
  );

export const sarifLog = z.strictObject({ $schema: z.url(), version: z.literal('2.1.0'), runs: z.array(run).length(1) });
