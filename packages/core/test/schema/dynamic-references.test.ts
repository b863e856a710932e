import { describe, expect, it } from 'vitest'
import { jsonSchemaChecker } from '../../src/schema/json-schema.ts'

const accepts = (schema: Readonly<Record<string, unknown>>, value: unknown) =>
  jsonSchemaChecker(schema, 'driver').checkValue(value) === undefined

/** A list whose items a schema around it may choose. */
const list = {
  $id: 'list',
  type: 'array',
  items: { $dynamicRef: '#item' },
  $defs: { anything: { $dynamicAnchor: 'item' } },
}

describe('a dynamic reference', () => {
  it('leads to the outermost anchor of its name on the way to it', () => {
    const texts = {
      $id: 'https://example.org/texts',
      $ref: 'list',
      $defs: { text: { $dynamicAnchor: 'item', type: 'string' }, list },
    }
    expect([accepts(texts, ['a']), accepts(texts, [1])]).toEqual([true, false])
  })

  it('leads to another anchor on another way', () => {
    const listOf = (type: string) => ({
      $id: `${type}s`,
      $ref: 'list',
      $defs: { item: { $dynamicAnchor: 'item', type } },
    })
    const either = {
      $id: 'https://example.org/either',
      properties: { texts: { $ref: 'strings' }, counts: { $ref: 'integers' } },
      $defs: { strings: listOf('string'), integers: listOf('integer'), list },
    }
    expect(accepts(either, { texts: ['a'], counts: [1] })).toBe(true)
    expect(accepts(either, { texts: [1] })).toBe(false)
    expect(accepts(either, { counts: ['a'] })).toBe(false)
  })

  it('forgets a resource that was left', () => {
    const left = {
      $id: 'https://example.org/left',
      if: { $id: 'inner', $defs: { text: { $dynamicAnchor: 'item', type: 'string' } } },
      then: { $ref: 'list' },
      $defs: { list },
    }
    expect(accepts(left, [1])).toBe(true)
  })
})
