import type { Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { openOnnx } from '@nano/onnx'
import { afterAll, describe, expect, it } from 'vitest'
import { answersPath } from '../../scripts/real-models/answers.ts'
import {
  largeQwenRequests,
  qwenRequests,
  weatherQuestion,
  weatherTool,
} from '../../scripts/real-models/qwen-requests.ts'
import type { RealRequest } from '../../scripts/real-models/requests.ts'
import { askAll, nameTest, readAnswers, realModel, renderAll } from './replies.ts'
import { type Backend, testSameReplies } from './same-replies.ts'
import { vllmModel } from './vllm-model.ts'
import { missingVllm } from './vllm-server.ts'

// One thread: several wait for each other in a loop where other programs run. Requests at once take
// a fraction of the time.
const parallel = 5
const local = { contextLength: 1_024, device: 'cpu', threads: 1, parallel } as const

describe('Qwen2.5-Coder 0.5B Instruct', () => {
  testSize({ folder: 'qwen2.5-coder-0.5b', requests: qwenRequests, hasExport: true })
})

describe('Qwen2.5-Coder 1.5B Instruct', () => {
  testSize({ folder: 'qwen2.5-coder-1.5b', requests: largeQwenRequests, hasExport: false })
})

/** The way in which a 1.5B takes a minute to open and to call, and calls as llama.cpp does. */
const byTokenIds = 'vLLM by token ids'

interface Size {
  readonly folder: string
  readonly requests: readonly RealRequest[]
  /** There is an export of onnxruntime-genai. */
  readonly hasExport: boolean
}

function testSize({ folder, requests, hasExport }: Size): void {
  const path = (name: string) => realModel(`${folder}/${name}`).path
  const openGguf = (name: string) => openLlamaCpp({ model: path(name), ...local })
  const openExport = () => openOnnx({ model: path('builder'), ...local })
  const vllm = vllmModel(path('hf'), ['--enable-auto-tool-choice', '--tool-call-parser', 'hermes'])
  afterAll(() => vllm.close())

  const answers = readAnswers(answersPath({ model: path('hf'), requests }))
  const missing = answers.length > 0 ? undefined : realModel(`${folder}/answers`).missing
  const missingServer = missing ?? missingVllm
  const ask = (open: () => Promise<Model>) => async () =>
    askAll(await open(), requests, { parallel })

  const models: readonly (Omit<Backend, 'ask'> & { readonly open: () => Promise<Model> })[] = [
    { name: 'llama.cpp', missing, open: () => openGguf('f32.gguf') },
    ...(hasExport ? [{ name: "onnxruntime-genai's export", missing, open: openExport }] : []),
    { name: byTokenIds, missing: missingServer, open: vllm.openCompletions },
    {
      name: "vLLM by its own template, with hermes' parser",
      missing: missingServer,
      open: vllm.openChat,
    },
  ]
  const inProcess = models.filter(({ name }) => !name.startsWith('vLLM'))

  for (const { name, open } of inProcess)
    it.skipIf(missing)(
      nameTest(`has the prompts and token ids of transformers on ${name}`, missing),
      async () => {
        const model = await open()
        const prompts = await renderAll(model, requests)
        await model.close()
        expect(prompts).toEqual(
          answers.map(({ prompt, promptTokens }) => ({ prompt, promptTokens })),
        )
      },
    )

  testSameReplies({
    model: folder,
    answers,
    backends: models.map(({ open, ...backend }) => ({ ...backend, ask: ask(open) })),
  })

  const { missing: missingFile } = realModel(`${folder}/q4_k_m.gguf`)
  testToolsAndSchemas('llama.cpp in Q4_K_M', missingFile, () => openGguf('q4_k_m.gguf'))
  for (const { name, missing, open } of models)
    if (!['llama.cpp', byTokenIds].includes(name)) testToolsAndSchemas(name, missing, open)
}

function testToolsAndSchemas(
  backend: string,
  missing: string | undefined,
  open: () => Promise<Model>,
): void {
  const weatherInParis = expect.objectContaining({
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
      expect(toolCalls, text).toEqual([weatherInParis])
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
