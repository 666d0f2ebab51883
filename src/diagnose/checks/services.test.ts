import { expect, test } from 'vitest';
import { IsthmusError } from '../../base/error.ts';
import { verdictOf } from '../../base/finding.ts';
import { partsOf } from '../../base/remedy.ts';
import type { EffectObstacle, ModelledEffect } from '../../base/service-effect.ts';
import { findingCatalog } from '../catalog/catalog.ts';
import type { ServiceEffect } from '../facts/service.ts';
import { serviceFindings } from './services.ts';

const at = '2030-01-01T00:00:00.000Z';

function service(effect: ModelledEffect, over: Partial<ServiceEffect> = {}): ServiceEffect {
  return { namespace: 'shop', name: 'web', policy: 'failover', isAsDeclared: true, effect, ...over };
}

function no(...obstacles: readonly EffectObstacle[]): ModelledEffect {
  return { state: 'No', obstacles };
}

const holds = no({ code: 'other-rule', message: 'DestinationRule shop/web holds for callers in namespace shop' });

test('an effect that is missing is an error with the object that is in the way', () => {
  const [finding, ...more] = serviceFindings('west', [service(holds)], { at });
  expect(more).toEqual([]);
  expect(`west: ${finding?.message}`).toBe(findingCatalog['service-effect'].shown);
  expect(verdictOf([finding ?? { severity: 'info' }])).toBe('No');
  expect(JSON.stringify(partsOf(finding?.remedy ?? ''))).not.toContain('apply');
});

test('several services with one reason are one finding', () => {
  const found = serviceFindings('west', [service(holds), service(holds, { name: 'db' })], { at });
  expect(found.map(({ message }) => message)).toEqual([
    'MeshServices shop/web, shop/db: they are not in effect: DestinationRule shop/web holds for callers in namespace shop',
  ]);
});

test('an object that differs has its own finding, and nobody to steer is none', () => {
  expect(
    serviceFindings('west', [service(holds, { isAsDeclared: false }), service({ state: 'Unused' })], { at }),
  ).toEqual([]);
});

test('what could not be read is unknown, with who must allow it', () => {
  const error = new IsthmusError('access-denied', 'you may not list pods', { remedy: 'have the right granted' });
  const found = serviceFindings('west', [service({ state: 'Unknown', why: error.message, error })], { at });
  expect(verdictOf(found)).toBe('Unknown');
  expect(found[0]).toMatchObject({ remedy: 'have the right granted', confidence: 'Unknown' });
});

test('an exception to a pattern is a note', () => {
  const found = serviceFindings('west', [service({ state: 'Yes', exceptions: ['DestinationRule shop/a holds'] })], {
    at,
  });
  expect(found).toHaveLength(1);
  expect(verdictOf(found)).toBe('Yes');
});

test('an apply is proposed for what it would write, and for nothing else', () => {
  const codes = [
    ...(['no-service', 'missing', 'hidden', 'other-rule', 'other-route', 'other-values', 'other-setting'] as const),
    ...(['no-endpoint', 'lost', 'no-sidecar'] as const),
  ];
  const proposed = codes.filter((code) =>
    serviceFindings('west', [service(no({ code, message: 'why' }))], { at }).some(({ remedy }) =>
      partsOf(remedy).some((part) => typeof part !== 'string' && part.do === 'Run' && part.operation === 'apply'),
    ),
  );
  expect(proposed).toEqual(['missing', 'other-values']);
});
