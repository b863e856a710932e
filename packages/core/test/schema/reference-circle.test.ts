import { expect, it } from 'vitest'
import { hasReferenceCircle } from '../../src/schema/reference-circle.ts'
import { schemaReferences } from '../../src/schema/schema-references.ts'
import { runSteps } from '../../src/schema/steps.ts'

it.each<[what: string, schema: object, hasCircle: boolean]>([
  ['a reference to itself', { $ref: '#' }, true],
  [
    'combinations that lead back',
    { anyOf: [true, { not: { $ref: '#/$defs/a' } }], $defs: { a: { allOf: [{ $ref: '#' }] } } },
    true,
  ],
  ['a circle that only objects enter', { if: { type: 'object' }, then: { $ref: '#' } }, true],
  ['a dynamic circle', { $dynamicAnchor: 'a', oneOf: [{ $dynamicRef: '#a' }] }, true],
  ['a reference from a member', { properties: { a: { $ref: '#' } }, items: { $ref: '#' } }, false],
  [
    'two ways to one definition',
    { allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }], $defs: { a: { type: 'null' } } },
    false,
  ],
  [
    'a consequence without a condition',
    { $defs: { a: { then: { $ref: '#/$defs/a' } } }, $ref: '#/$defs/a' },
    false,
  ],
])('whether %s is a circle is known', (_what, schema, hasCircle) => {
  expect(runSteps(hasReferenceCircle(schema, schemaReferences(schema)))).toBe(hasCircle)
})
