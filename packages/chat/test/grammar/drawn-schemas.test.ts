import { validator } from '@nano/core/driver'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { openObjects } from '../../../core/src/schema/open-objects.ts'
import { schemaRule } from '../../src/grammar/schema-rule.ts'
import { chances } from '../support/chances.ts'
import { closedMembers } from '../support/closed-members.ts'
import { drawFlatValue, drawMemberSchema } from '../support/drawn-members.ts'
import { drawSchema, drawValue } from '../support/drawn-schema.ts'
import { languageOf } from '../support/gbnf.ts'
import { schemaOrder } from '../support/schema-order.ts'

const definitions = {
  one: { type: 'object', properties: { a: { $ref: '#/$defs/one' } } },
  two: { $anchor: 'two', type: ['string', 'number'], minimum: 0 },
}

it('a grammar says every value that its schema allows, in the order of the schema', () => {
  let saidCount = 0
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => {
      const chance = chances(seed)
      const drawnSchema = drawSchema(chance)
      const root = { allOf: [drawnSchema], $defs: definitions }
      const validate = validator(root)
      const values = Array.from({ length: 30 }, () => drawValue(chance))
      const valid = values.filter((value) => validate(value).length === 0)
      const isAllowed = languageOrNone(openObjects(root))
      if (!isAllowed) {
        expect(valid, JSON.stringify(drawnSchema)).toEqual([])
        return
      }
      const order = schemaOrder(openObjects(root))
      for (const value of valid) {
        const json = JSON.stringify(order(value))
        expect(isAllowed(json), `${json} ${JSON.stringify(drawnSchema)}`).toBe(true)
      }
      saidCount += valid.length
    }),
    { numRuns: 300 },
  )
  expect(saidCount).toBeGreaterThan(300)
})

it('a grammar of closed objects says every value whose members its schema mentions', () => {
  let saidCount = 0
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => {
      const chance = chances(seed)
      const root = drawMemberSchema(chance)
      const validate = validator(root)
      const hasMentionedMembers = closedMembers(root)
      const valid = Array.from({ length: 40 }, () => drawFlatValue(chance)).filter(
        (value) => validate(value).length === 0 && hasMentionedMembers(value),
      )
      const isAllowed = languageOrNone(root)
      const order = schemaOrder(root, 'closed')
      for (const value of valid) {
        const json = JSON.stringify(order(value))
        expect(isAllowed?.(json), `${json} ${JSON.stringify(root)}`).toBe(true)
      }
      saidCount += valid.length
    }),
    { numRuns: 300 },
  )
  expect(saidCount).toBeGreaterThan(300)
})

/** The language of a schema; undefined where nothing satisfies it. */
function languageOrNone(
  root: Readonly<Record<string, unknown>>,
): ((text: string) => boolean) | undefined {
  try {
    return languageOf((grammar) => schemaRule(grammar, root))
  } catch (error) {
    expect(String(error)).toMatch(/allows no value/)
    return undefined
  }
}
