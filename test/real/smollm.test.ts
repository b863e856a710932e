import { openHttp } from '@nano/http'
import { openLlamaCpp } from '@nano/llama-cpp'
import { openOnnx } from '@nano/onnx'
import { afterAll, describe, expect, it } from 'vitest'
import { bringLlamaServer } from '../../scripts/llama-server/bring.ts'
import { startLlamaServer } from '../../scripts/llama-server/start.ts'
import { answersPath } from '../../scripts/real-models/answers.ts'
import { askAll, nameTest, readAnswers, realModel, renderAll } from './replies.ts'
import { smollmRequests as requests } from '../../scripts/real-models/requests.ts'
import { type Backend, testSameReplies } from './same-replies.ts'
import { vllmModel } from './vllm-model.ts'
import { missingVllm } from './vllm-server.ts'

const path = (name: string) => realModel(`smollm2/${name}`).path
const answers = readAnswers(answersPath({ model: path('hf'), requests }))
const missing = answers.length > 0 ? undefined : realModel('smollm2/hf-answers').missing

// Requests at once take a fraction of the time. One thread: several wait for each other in a loop
// where other programs run.
const parallel = 6
const local = { contextLength: 512, device: 'cpu', threads: 1, parallel } as const
const gguf = { model: path('f32.gguf'), ...local }
const llamaServer = await bringLlamaServer({ timeout: 120_000, retryAfter: 3_600_000 })
const vllm = vllmModel(path('hf'))
afterAll(() => vllm.close())

const backends: readonly Backend[] = [
  {
    name: 'llama.cpp',
    missing,
    ask: async () => askAll(await openLlamaCpp(gguf), requests, { parallel }),
  },
  {
    name: "onnxruntime-genai's export",
    missing,
    ask: async () =>
      askAll(await openOnnx({ model: path('builder'), ...local }), requests, { parallel }),
  },
  {
    name: "optimum's export",
    missing,
    ask: async () =>
      askAll(await openOnnx({ model: path('optimum'), ...local }), requests, { parallel }),
  },
  {
    name: 'vLLM by token ids',
    missing: missing ?? missingVllm,
    ask: async () => askAll(await vllm.openCompletions(), requests, { parallel }),
  },
  {
    name: 'vLLM by its own template',
    missing: missing ?? missingVllm,
    ask: async () => askAll(await vllm.openChat(), requests, { parallel }),
  },
  {
    name: 'llama-server',
    missing: missing ?? ('missing' in llamaServer ? llamaServer.missing : undefined),
    ask: askLlamaServer,
  },
]

describe('SmolLM2 135M Instruct', () => {
  it.skipIf(missing)(nameTest('is asked for replies of 40 tokens or more', missing), () => {
    const tokens = answers.reduce((sum, answer) => sum + answer.tokens.length, 0)
    expect(answers).toHaveLength(60)
    expect(tokens / 60).toBeGreaterThanOrEqual(40)
  })

  it.skipIf(missing)(
    nameTest('has the prompts and token ids of transformers', missing),
    async () => {
      const expected = answers.map(({ prompt, promptTokens }) => ({ prompt, promptTokens }))
      for (const model of [
        await openLlamaCpp(gguf),
        await openOnnx({ model: path('builder'), ...local }),
        await openOnnx({ model: path('optimum'), ...local }),
      ]) {
        expect(await renderAll(model, requests)).toEqual(expected)
        await model.close()
      }
    },
  )

  testSameReplies({ model: 'smollm2-135m', backends, answers })
})

/** Serves the same file as exactly, and asks by token ids. */
async function askLlamaServer() {
  if ('missing' in llamaServer) throw new Error(llamaServer.missing)
  const args =
    `-c ${512 * parallel} --parallel ${parallel} -t 1 -ngl 0 -fa off -ctk f32 -ctv f32`.split(' ')
  const server = await startLlamaServer({
    path: llamaServer.path,
    model: gguf.model,
    args,
    timeout: 120_000,
  })
  try {
    return await askAll(await openHttp({ url: server.url }), requests, { parallel })
  } finally {
    await server.close()
  }
}
