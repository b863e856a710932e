import { expect, it } from 'vitest'
import { writeJson } from '../../src/json/write-json.ts'

it('JSON is written as JSON.stringify writes it', () => {
  const part = { a: [1, null, 'é"'], b: undefined }
  expect(writeJson([part, part])).toBe('[{"a":[1,null,"é\\""]},{"a":[1,null,"é\\""]}]')
})

it.each([
  ['few parts and long texts', () => ['a'.repeat(10_000_000), 'b'.repeat(10_000_000)]],
  ['many parts', () => Array.from({ length: 2_000_000 }, () => ['some text']) as unknown],
  ['many numbers', () => Array.from({ length: 2_000_000 }, () => 1e-10 / 3)],
])('JSON of %s is refused where it is too long', (_what, createValue) => {
  expect(() => writeJson(createValue())).toThrow('20,000,000 characters')
})

it('what has the same part twice in each of 1,000 levels is refused at once', () => {
  let schema: unknown = {}
  for (let level = 0; level < 1_000; level++) schema = { anyOf: [schema, schema] }
  expect(() => writeJson({ schema })).toThrow(
    expect.objectContaining({
      code: 'invalid-request',
      message: expect.stringMatching(/20,000,000 characters.*\$defs/),
    }),
  )
})
