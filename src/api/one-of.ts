import { z } from 'zod';
import { validation } from './validation.ts';

/**
 * An object of which exactly one key is given, as Kubernetes writes unions (`{generated: {}}`, `{secret: NAME}`).
 * Every key of `shape` must be optional.
 */
export function oneOf<T extends z.core.$ZodLooseShape>(shape: T): z.ZodObject<T, z.core.$strict> {
  const names = Object.keys(shape);
  const count = names.map((name) => `(has(self.${name}) ? 1 : 0)`).join(' + ');
  const message = `must have exactly one of ${names.join(', ')}`;
  const checked = z.strictObject(shape).check((context) => {
    const given = names.filter((name) => (context.value as Record<string, unknown>)[name] !== undefined);
    if (given.length === 1) return;
    context.issues.push({ code: 'custom', message, input: context.value, path: [] });
  });
  // For the CustomResourceDefinition: the API server judges by the same rule.
  return checked.meta(validation([`${count} == 1`, message]));
}
