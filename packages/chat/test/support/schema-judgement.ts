import { validator } from '@nano/core/driver'
import { expect } from 'vitest'
import { openObjects } from '../../../core/src/schema/open-objects.ts'
import { schemaRule } from '../../src/grammar/schema-rule.ts'
import { languageOf } from './gbnf.ts'

/** Whether a text is in the grammar of a schema with open objects. */
export function openLanguage(schema: object): (text: string) => boolean {
  return languageOf((grammar) => schemaRule(grammar, openObjects({ ...schema })))
}

/** Expects that the grammar and the check of a schema both allow the valid values alone. */
export function expectJudgement(
  schema: object,
  valid: readonly unknown[],
  invalid: readonly unknown[],
): void {
  const isAllowed = openLanguage(schema)
  const validate = validator(schema)
  for (const value of [...valid, ...invalid]) {
    const json = JSON.stringify(value)
    expect(validate(value).length === 0, json).toBe(valid.includes(value))
    expect(isAllowed(json), json).toBe(valid.includes(value))
  }
}
