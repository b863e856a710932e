import { validator } from '@nano/core/driver'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { sharedData } from '../../../../test/shared/shared-data.ts'
import { openObjects } from '../../../core/src/schema/open-objects.ts'
import { schemaRule } from '../../src/grammar/schema-rule.ts'
import { languageOf } from '../support/gbnf.ts'
import { schemaOrder } from '../support/schema-order.ts'

interface RealSchema {
  readonly id: string
  readonly schema: Readonly<Record<string, unknown>>
  readonly tests: readonly { readonly valid: boolean; readonly data: unknown }[]
}

const { path, missing } = sharedData('schemas/maskbench.jsonl')

it.skipIf(missing)(
  `real schemas have grammars that say every valid instance, and the check refuses the others${
    missing ? ` [${missing}]` : ''
  }`,
  () => {
    const lines = readFileSync(path, 'utf8').trim().split('\n')
    const counts = {
      schemas: 0,
      valid: 0,
      said: 0,
      saidAsWritten: 0,
      invalid: 0,
      let: 0,
      through: 0,
    }
    for (const line of lines) {
      const { schema, tests } = JSON.parse(line) as RealSchema
      const isAllowed = languageOf((grammar) => schemaRule(grammar, openObjects(schema)))
      const [order, validate] = [schemaOrder(schema), validator(schema)]
      counts.schemas++
      for (const { valid, data } of tests) {
        const isAllowedAsWritten = isAllowed(JSON.stringify(data))
        if (valid) {
          counts.valid++
          counts.saidAsWritten += Number(isAllowedAsWritten)
          counts.said += Number(isAllowed(JSON.stringify(order(data))))
          continue
        }
        counts.invalid++
        counts.let += Number(isAllowedAsWritten)
        counts.through += Number(isAllowedAsWritten && validate(data).length === 0)
      }
    }
    console.info(`real schemas: ${JSON.stringify(counts)}`)
    expect(counts.schemas).toBe(lines.length)
    expect(counts.said / counts.valid).toBeGreaterThanOrEqual(0.99)
    expect(counts.through).toBe(0)
  },
)
