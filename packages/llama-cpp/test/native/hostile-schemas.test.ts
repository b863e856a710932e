import { expect, it } from 'vitest'
import { runSteps } from '@nano/core/driver'
import { gguf } from '@nano/tiny'
import { hostileSchemas } from '../../../../test/shared/hostile-schemas/index.ts'
import { longestTurn } from '../../../../test/shared/longest-turn.ts'
import { grammarBuilder } from '../../../chat/src/grammar/grammar-builder.ts'
import { schemaRule } from '../../../chat/src/grammar/schema-rule.ts'
import { grammarSteps } from '../../src/decode/grammar.ts'
import { loadRuntime } from '../../src/runtime.ts'

const runtime = await loadRuntime()
const llama = await runtime.getLlama({ gpu: false, build: 'never', progressLogs: false })
const model = await llama.loadModel({ modelPath: gguf.Q4_0 ?? '' })

it.each(hostileSchemas)('llama.cpp reads the grammar in short turns: %s', (_what, buildSchema) => {
  const builder = grammarBuilder()
  const grammar = runSteps(builder.toGbnf(schemaRule(builder, buildSchema())))
  expect(longestTurn(() => grammarSteps({ runtime, llama, model }, grammar))).toBeLessThan(20)
})
