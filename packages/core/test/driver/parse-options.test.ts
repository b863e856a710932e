import { expect, it } from 'vitest'
import * as z from 'zod'
import { parseOptions } from '../../src/driver/parse-options.ts'

const schema = z.strictObject({ model: z.string(), apiKey: z.string().max(3).default('') })

it('options come out as the schema reads them', () => {
  expect(parseOptions('an adapter', schema, { model: 'm' })).toEqual({ model: 'm', apiKey: '' })
})

it('a fault names the adapter and the option, and never shows the value', () => {
  expect(() => parseOptions('an adapter', schema, { apiKey: 'secret', modle: 'm' })).toThrowError(
    expect.objectContaining({
      code: 'invalid-request',
      message: expect.stringMatching(
        /^an adapter: the options are not valid:\n[^]*modle[^]*at model\n/,
      ),
    }) as Error,
  )
  try {
    parseOptions('an adapter', schema, { apiKey: 'secret' })
  } catch (error) {
    expect(String((error as Error).message)).toContain('apiKey')
    expect(JSON.stringify(error) + String((error as Error).message)).not.toContain('secret')
  }
})
