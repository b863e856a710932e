import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openHttp } from '@nano/http'
import { openLlamaCpp } from '@nano/llama-cpp'
import { openOnnx } from '@nano/onnx'
import { describe, expect, it } from 'vitest'
import { askAll, nameTest, readAnswers, realModel, type Reply } from './replies.ts'
import { smollmRequests } from './requests.ts'
import { missingVllm, startVllm } from './vllm-server.ts'

const { path: folder, missing } = realModel('smollm2/answers.json')
const path = (name: string) => join(folder, '..', name)
const answers = missing === undefined ? readAnswers(folder) : []

/** Where two ways to compute the same model may choose different tokens. */
const nearlyEqual = 1e-3

const gguf = { model: path('f32.gguf'), contextLength: 2_048, gpu: false } as const
const onnx = { device: 'cpu', contextLength: 2_048 } as const

const backends: Readonly<Record<string, () => Promise<readonly Reply[]>>> = {
  'llama.cpp': async () => askAll(await openLlamaCpp(gguf), smollmRequests),
  'llama.cpp, exact': async () =>
    askAll(await openLlamaCpp({ ...gguf, kvCache: 'f32', flashAttention: false }), smollmRequests),
  "onnxruntime-genai's export": async () =>
    askAll(await openOnnx({ model: path('builder'), ...onnx }), smollmRequests),
  "optimum's export": async () =>
    askAll(await openOnnx({ model: path('optimum'), ...onnx }), smollmRequests),
  'vLLM by token ids': () => askVllm('completions'),
  'vLLM by its own template': () => askVllm('chat'),
}
const exactBackends = Object.keys(backends).filter((name) => name !== 'llama.cpp')

async function askVllm(mode: 'chat' | 'completions'): Promise<readonly Reply[]> {
  const server = await startVllm(path('hf'))
  try {
    const tokenizer = JSON.parse(readFileSync(path('hf/tokenizer.json'), 'utf8')) as Record<
      string,
      unknown
    >
    const options = mode === 'chat' ? {} : { tokenizer, format: 'chatml' }
    return await askAll(await openHttp({ url: server.url, mode, ...options }), smollmRequests)
  } finally {
    await server.close()
  }
}

const asked = new Map<string, Promise<readonly Reply[]>>()
function repliesOf(name: string): Promise<readonly Reply[]> {
  const replies = asked.get(name) ?? backends[name]?.() ?? Promise.resolve([])
  asked.set(name, replies)
  return replies
}

/** The first token in which a reply differs from transformers', and how near the choice was. */
function explain({ tokens }: Reply, index: number): { readonly gap: number } | undefined {
  const { tokens: expected = [], logprobs = [], secondLogprobs = [] } = answers[index] ?? {}
  const at = expected.findIndex((token, position) => tokens[position] !== token)
  return at < 0 ? undefined : { gap: (logprobs[at] ?? 0) - (secondLogprobs[at] ?? -Infinity) }
}

describe('SmolLM2 135M Instruct', () => {
  const reason = (name: string) => missing ?? (name.startsWith('vLLM') ? missingVllm : undefined)

  it.skipIf(missing)(nameTest('is asked for replies of 40 tokens or more', missing), () => {
    const lengths = answers.map(({ tokens }) => tokens.length)
    expect(lengths).toHaveLength(60)
    expect(lengths.reduce((sum, length) => sum + length, 0) / 60).toBeGreaterThanOrEqual(40)
  })

  it.skipIf(missing)(
    nameTest('has the prompts and token ids of transformers', missing),
    async () => {
      for (const model of [await openLlamaCpp(gguf), await openOnnx({ model: path('builder') })]) {
        const prompts = []
        for (const { messages } of smollmRequests) prompts.push(await model.render({ messages }))
        await model.close()
        expect(prompts).toEqual(
          answers.map(({ prompt, promptTokens }) => ({ text: prompt, tokens: promptTokens })),
        )
      }
    },
  )

  for (const name of Object.keys(backends))
    it.skipIf(reason(name))(
      nameTest(`answers as transformers on ${name}`, reason(name)),
      async () => {
        const replies = await repliesOf(name)
        const gaps = replies.flatMap((reply, index) =>
          reply.tokens.length > 0 ? (explain(reply, index)?.gap ?? []) : [],
        )
        expect(gaps.filter((gap) => gap >= nearlyEqual)).toEqual([])
        expect(gaps.length).toBeLessThanOrEqual(name === 'llama.cpp' ? 1 : 0)
      },
    )

  for (const [first, second] of pairs(Object.keys(backends))) {
    const why = reason(first) ?? reason(second)
    const most = [first, second].every((name) => exactBackends.includes(name)) ? 0 : 1
    it.skipIf(why)(
      nameTest(`gives ${60 - most} of 60 equal replies on ${first} and ${second}`, why),
      async () => {
        const [left, right] = [await repliesOf(first), await repliesOf(second)]
        const different = left.flatMap(({ text }, index) =>
          text === right[index]?.text ? [] : [{ index, text, other: right[index]?.text }],
        )
        expect(different.length, JSON.stringify(different, undefined, 2)).toBeLessThanOrEqual(most)
      },
    )
  }
})

function pairs(names: readonly string[]): readonly (readonly [string, string])[] {
  return names.flatMap((first, index) =>
    names.slice(index + 1).map((second) => [first, second] as const),
  )
}
