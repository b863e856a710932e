import { validator } from '@nano/core/driver'
import { expect } from 'vitest'
import { schemaRule } from '../../src/grammar/schema-rule.ts'
import { languageOf } from './gbnf.ts'

/** Expects that the grammar says the valid values, which the check allows, and not the others. */
export function expectClosed(
  schema: object,
  valid: readonly unknown[],
  refused: readonly unknown[] = [],
): void {
  const validate = validator(schema)
  const isAllowed = languageOf((grammar) => schemaRule(grammar, schema))
  for (const value of valid) expect(validate(value), JSON.stringify(value)).toEqual([])
  const says = (value: unknown) => isAllowed(JSON.stringify(value))
  expect([valid.filter((value) => !says(value)), refused.filter(says)]).toEqual([[], []])
}
