import { describe, expect, it } from 'vitest'
import { readExamples } from '../../../core/test/schema/zod/read-examples.ts'
import { textExamples } from '../../../core/test/schema/zod/text-examples.ts'
import { runSteps } from '@nano/core/driver'
import { toJsonSchema } from '../../../core/src/standard-schema.ts'
import { schemaRule } from '../../src/grammar/schema-rule.ts'
import { languageOf } from '../support/gbnf.ts'

describe.each(Object.entries(readExamples))('the grammar of z.%s', (_name, example) => {
  it('says what zod reads', () => {
    const schema = runSteps(toJsonSchema(example.schema, 'schema')) as object
    const isAllowed = languageOf((grammar) => schemaRule(grammar, schema))
    for (const [value] of example.examples) expect(isAllowed(JSON.stringify(value))).toBe(true)
  })
})

it.each(Object.entries(textExamples))('the grammar of z.%s says texts alone', (_name, example) => {
  const schema = runSteps(toJsonSchema(example.schema, 'schema')) as object
  const isAllowed = languageOf((grammar) => schemaRule(grammar, schema))
  for (const json of ['7', 'true', 'null', '[]', '{}']) expect(isAllowed(json)).toBe(false)
})
