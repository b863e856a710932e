import { readFileSync } from 'node:fs'
import { tokenizer, vocabulary } from '@nano/chat/tokenizer'
import { onnx } from '@nano/tiny'
import { expect, it } from 'vitest'
import { grammarCompiler } from '../../src/grammar/grammar-compiler.ts'
import { type Schema, toGrammar } from '../support/schema-grammar.ts'

const file: unknown = JSON.parse(readFileSync(`${onnx.transformers}/tokenizer.json`, 'utf8'))
const { tokenize, vocabularySize } = tokenizer({ tokenizer: file })
const { createState } = grammarCompiler({
  vocabulary: vocabulary({ tokenizer: file }),
  endTokens: [],
})

/** Throws where the grammar of a schema cannot say a value. */
function say(schema: Schema, value: unknown): void {
  const state = createState(toGrammar(schema))
  for (const token of tokenize([{ text: JSON.stringify(value) }])) {
    state.maskLogits(new Float32Array(vocabularySize))
    state.acceptToken(token)
  }
}

const list = (count: number) => Array.from({ length: count }, (_, index) => index)

it.each<[string, Schema, unknown]>([
  [
    '100,000 long texts',
    { enum: list(100_000).map((index) => `the value with the number ${index}`) },
    'the value with the number 99999',
  ],
  [
    '5,000 properties in an open object',
    {
      type: 'object',
      properties: Object.fromEntries(list(5_000).map((index) => [`name${index}`, {}])),
    },
    { name7: 1, name4999: [2], other: 3 },
  ],
  [
    'lists in lists, 1,000 deep',
    list(1_000).reduce<Schema>((items) => ({ type: 'array', items }), { type: 'string' }),
    list(1_000).reduce<unknown>((value) => [value], 'x'),
  ],
  [
    'a million items',
    { type: 'array', items: { type: 'integer' }, minItems: 1, maxItems: 1_000_000 },
    list(300),
  ],
  ['a long text with a limit', { type: 'string', maxLength: 100_000 }, 'é1'.repeat(1_500)],
])('says a value of %s', (_what, schema, value) => {
  say(schema, value)
})
it('refuses another value', () => {
  expect(() => say({ enum: ['a', 'b'] }, 'c')).toThrow(/does not accept/)
})
