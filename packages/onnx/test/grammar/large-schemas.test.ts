import { readFileSync } from 'node:fs'
import { vocabulary } from '@nano/chat/tokenizer'
import { onnx } from '@nano/tiny'
import { expect, it } from 'vitest'
import { sharedData } from '../../../../test/shared/shared-data.ts'
import { grammarBuilder } from '../../../chat/src/grammar/grammar-builder.ts'
import { schemaRule } from '../../../chat/src/grammar/schema-rule.ts'
import { openObjects } from '../../../core/src/schema/open-objects.ts'
import { runSteps } from '../../../core/src/schema/steps.ts'
import { grammarCompiler } from '../../src/grammar/grammar-compiler.ts'

type Schema = Readonly<Record<string, unknown>>

const file: unknown = JSON.parse(readFileSync(`${onnx.transformers}/tokenizer.json`, 'utf8'))
const { createState } = await grammarCompiler({
  vocabulary: vocabulary({ tokenizer: file }),
  endTokens: [],
})
const { path, missing } = sharedData('schemas/maskbench.jsonl')

function toGrammar(schema: Schema): string {
  const grammar = grammarBuilder()
  return runSteps(grammar.toGbnf(schemaRule(grammar, openObjects(schema))))
}

async function compile(grammar: string): Promise<void> {
  const state = await createState(grammar)
  state.dispose()
}

it.skipIf(missing)(
  `the largest of real schemas compile with open objects${missing ? ` [${missing}]` : ''}`,
  async () => {
    const grammars = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => toGrammar((JSON.parse(line) as { readonly schema: Schema }).schema))
    const ruleCount = (grammar: string) => grammar.split(' ::= ').length
    for (const grammar of grammars.toSorted((a, b) => ruleCount(b) - ruleCount(a)).slice(0, 4))
      await compile(grammar)
  },
)
it('10,000 values compile', () =>
  compile(
    toGrammar({ enum: Array.from({ length: 10_000 }, (_, index) => `value number ${index}`) }),
  ))
it('2,000 properties compile in time', async () => {
  const names = Array.from({ length: 2_000 }, (_, index) => `property${index}`)
  const properties = Object.fromEntries(names.map((name) => [name, { type: 'integer' }]))
  const startedAt = performance.now()
  await compile(
    toGrammar({ type: 'object', properties, required: names, additionalProperties: false }),
  )
  expect(performance.now() - startedAt).toBeLessThan(4_000)
})
