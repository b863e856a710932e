import type { Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { openOnnx } from '@nano/onnx'
import { afterAll, describe, expect, it } from 'vitest'
import { answersPath } from '../../scripts/real-models/answers.ts'
import { promptsOf } from '../../scripts/real-models/qwen.ts'
import {
  qwenRequests as requests,
  weatherQuestion,
  weatherTool,
} from '../../scripts/real-models/qwen-requests.ts'
import { askAll, nameTest, readAnswers, realModel, renderAll } from './replies.ts'
import { testSameReplies } from './same-replies.ts'
import { vllmModel } from './vllm-model.ts'
import { missingVllm } from './vllm-server.ts'

const path = (name: string) => realModel(`qwen2.5-coder-${name}`).path
// One thread: several wait for each other in a loop where other programs run.
const local = { contextLength: 2_048, device: 'cpu', threads: 1 } as const
const openGguf = (name: string, { exact = false } = {}) =>
  openLlamaCpp({ model: path(name), ...local, exact })
const openBuilder = () => openOnnx({ model: path('0.5b/builder'), ...local })
const vllm = vllmModel(path('0.5b/hf'), [
  '--enable-auto-tool-choice',
  '--tool-call-parser',
  'hermes',
])
afterAll(() => vllm.close())

const answers = readAnswers(answersPath({ model: path('0.5b/hf'), requests }))
const missing = answers.length > 0 ? undefined : realModel('qwen2.5-coder-0.5b/answers').missing
const missingServer = missing ?? missingVllm

describe('Qwen2.5-Coder 0.5B Instruct', () => {
  testPrompts({ missing, answersOf: () => answers, open: () => openGguf('0.5b/f32.gguf') })
  testSameReplies({
    model: 'qwen2.5-coder-0.5b',
    answers,
    backends: [
      {
        name: 'llama.cpp, exact',
        isExact: true,
        missing,
        ask: async () => askAll(await openGguf('0.5b/f32.gguf', { exact: true }), requests),
      },
      {
        name: "onnxruntime-genai's export",
        isExact: true,
        missing,
        ask: async () => askAll(await openBuilder(), requests),
      },
      {
        name: 'vLLM by token ids',
        isExact: true,
        missing: missingServer,
        ask: async () => askAll(await vllm.openCompletions(), requests),
      },
      {
        name: "vLLM by its own template, with hermes' parser",
        isExact: true,
        missing: missingServer,
        ask: async () => askAll(await vllm.openChat(), requests),
      },
    ],
  })

  const { missing: missingFile } = realModel('qwen2.5-coder-0.5b/q4_k_m.gguf')
  testToolsAndSchemas('llama.cpp in Q4_K_M', missingFile, () => openGguf('0.5b/q4_k_m.gguf'))
  testToolsAndSchemas("onnxruntime-genai's export", missing, openBuilder)
  testToolsAndSchemas('vLLM by token ids', missingServer, vllm.openCompletions)
  testToolsAndSchemas("vLLM with hermes' parser", missingServer, vllm.openChat)
})

describe('Qwen2.5-Coder 1.5B Instruct', () => {
  const file = realModel('qwen2.5-coder-1.5b/q4_k_m.gguf')
  const open = () => openGguf('1.5b/q4_k_m.gguf')
  const prompts = { model: path('1.5b/hf'), requests: promptsOf(requests) }
  testPrompts({ missing: file.missing, answersOf: () => readAnswers(answersPath(prompts)), open })
  testToolsAndSchemas('llama.cpp in Q4_K_M', file.missing, open)
})

function testPrompts({
  missing,
  answersOf,
  open,
}: {
  readonly missing: string | undefined
  readonly answersOf: () => typeof answers
  readonly open: () => Promise<Model>
}): void {
  it.skipIf(missing)(
    nameTest('has the prompts and token ids of transformers, with tools and results', missing),
    async () => {
      const model = await open()
      const prompts = await renderAll(model, requests)
      await model.close()
      expect(prompts).toEqual(
        answersOf().map(({ prompt, promptTokens }) => ({ prompt, promptTokens })),
      )
    },
  )
}

function testToolsAndSchemas(
  backend: string,
  missing: string | undefined,
  open: () => Promise<Model>,
): void {
  const inParis = expect.objectContaining({
    name: 'get_weather',
    input: { city: expect.stringContaining('Paris') },
  })
  const byName = { name: 'get_weather' }
  const request = {
    messages: [weatherQuestion],
    tools: [weatherTool],
    maxTokens: 64,
    sampling: { temperature: 0 },
  }

  const toolChoices = { 'by itself': 'auto', 'on demand': 'required', 'by name': byName } as const
  for (const [manner, toolChoice] of Object.entries(toolChoices))
    it.skipIf(missing)(nameTest(`calls a tool ${manner} on ${backend}`, missing), async () => {
      const model = await open()
      const { toolCalls, finishReason, text } = await model.generate({ ...request, toolChoice })
      await model.close()
      expect(toolCalls, text).toEqual([inParis])
      expect(finishReason).toBe('tool-calls')
    })

  it.skipIf(missing)(nameTest(`answers as a schema demands on ${backend}`, missing), async () => {
    const model = await open()
    const { object } = await model.generate({
      messages: 'Ada is 36 years old and lives in London. Describe her as JSON.',
      schema: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          age: { type: 'integer' },
          city: { enum: ['London', 'Paris', 'Rome'] },
        },
        required: ['name', 'age', 'city'],
        additionalProperties: false,
      },
      maxTokens: 64,
      sampling: { temperature: 0 },
    })
    expect(object).toEqual({ name: expect.stringContaining('Ada'), age: 36, city: 'London' })
    await model.close()
  })
}
