import type { ChatFormat } from '@nano/chat'
import type { Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest'
import {
  generateOutcome,
  generateOutcomes,
  swapConversations,
  swapKinds,
} from '../../../../test/shared/swap-requests.ts'
import { openHttp } from '../../src/index.ts'
import { openModel } from '../open-model.ts'
import { itWithLlamaServer, type RunningServer, startServer } from './llama-server.ts'

const penalties = ['repetitionPenalty', 'presencePenalty', 'frequencyPenalty']
const greedy = { sampling: { temperature: 0 } } as const
const prompts = swapKinds
  .filter(({ settings }) => settings.length === 0)
  .flatMap(({ requests }) => requests.slice(0, 2))

// The tests of @nano/onnx compare ONNX Runtime with llama.cpp in process, over the same requests.
describe('one model in llama.cpp and behind a real llama-server', () => {
  let server: RunningServer
  let llamaCpp: Model
  let http: Model
  beforeAll(async () => {
    // llama.cpp in process computes a model this small without flash attention, and below keeps
    // keys and values in float32, as ONNX Runtime does. The server has to do both.
    server = await startServer({
      model: gguf.F16,
      extraArguments: ['-fa', 'off', '-ctk', 'f32', '-ctv', 'f32'],
    })
    http = await openHttp({ url: server.url })
    llamaCpp = await openLlamaCpp({ model: gguf.F16, kvCache: 'f32' })
  }, 60_000)
  afterAll(async () => {
    for (const model of [llamaCpp, http]) await model?.close()
    await server?.close()
  })

  for (const { what, requests, settings } of swapKinds) {
    // The server applies penalties in another meaning, so the adapter refuses them.
    const isRefused = settings.some((setting) => penalties.includes(setting))
    itWithLlamaServer(
      isRefused
        ? `gives the same replies in process, and refuses behind the server: ${what}`
        : `gives the same replies: ${what}`,
      async () => {
        for (const request of requests) {
          const expected = await generateOutcome(llamaCpp, request)
          if (isRefused)
            await expect(http.generate(request)).rejects.toMatchObject({ code: 'unsupported' })
          else
            expect(await generateOutcome(http, request), JSON.stringify(request)).toEqual(expected)
        }
      },
    )
  }

  itWithLlamaServer('gives the same replies in conversations', async () => {
    for (const questions of swapConversations) {
      const expected = await generateOutcomes(llamaCpp, questions)
      expect(await generateOutcomes(http, questions)).toEqual(expected)
    }
  })

  itWithLlamaServer('has the same prompts and the same tokens', async () => {
    for (const input of prompts) {
      expect(await http.render(input)).toEqual(await llamaCpp.render(input))
      expect(await http.countTokens(input)).toBe(await llamaCpp.countTokens(input))
    }
    for (const text of [
      'plain words',
      '  white \n\n space\t',
      'naïve café — 日本語 🙂',
      '<|eot_id|><think></think>',
      '',
    ])
      expect(await http.tokenize(text)).toEqual(await llamaCpp.tokenize(text))
  })

  itWithLlamaServer(
    'begins a prompt with the same token where the format writes none',
    async () => {
      const format: ChatFormat = {
        name: 'bare',
        advice: { on: {}, off: {} },
        render: ({ messages }) =>
          messages.map((message) => ({ text: 'content' in message ? message.content : '' })),
      }
      const remoteModel = await openModel({ url: server.url, format })
      const localModel = await openLlamaCpp({ model: gguf.F16, contextLength: 2_048, format })
      onTestFinished(() => localModel.close())
      const prompt = await remoteModel.render('12 + 7')
      expect(prompt).toEqual(await localModel.render('12 + 7'))
      expect(prompt.text).toBe('<|begin_of_text|>12 + 7')
    },
  )

  itWithLlamaServer('claims the same capabilities, but for the penalties of the server', () => {
    expect(http.capabilities).toEqual({
      ...llamaCpp.capabilities,
      sampling: llamaCpp.capabilities.sampling.filter((setting) => !penalties.includes(setting)),
    })
  })

  itWithLlamaServer('gives the same log-probabilities', async () => {
    const input = { messages: 'What is 12 + 7?', logprobs: 2, ...greedy }
    const tokensOf = (logprobs: readonly { readonly token: number }[] = []) =>
      logprobs.map(({ token }) => token)
    const { logprobs: local = [] } = await llamaCpp.generate(input)
    const { logprobs: remote = [] } = await http.generate(input)
    expect(tokensOf(remote)).toEqual(tokensOf(local))
    for (const [index, { logprob, top }] of remote.entries()) {
      // Two builds of llama.cpp add in different orders.
      expect(logprob).toBeCloseTo(local[index]?.logprob ?? NaN, 2)
      expect(tokensOf(top)).toEqual(tokensOf(local[index]?.top))
    }
  })
})
