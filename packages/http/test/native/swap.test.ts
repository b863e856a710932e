import { type ChatFormat, text } from '@nano/chat'
import type { Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { openOnnx } from '@nano/onnx'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { outcome, outcomes, swapConversations, swapKinds } from '../../../../test/shared/swap.ts'
import { openHttp } from '../../src/index.ts'
import { itWithLlamaServer, startServer, type RunningServer } from './llama-server.ts'

const penalties = ['repetitionPenalty', 'presencePenalty', 'frequencyPenalty']
const greedy = { sampling: { temperature: 0 } } as const
const prompts = swapKinds
  .filter(({ settings }) => settings.length === 0)
  .flatMap(({ requests }) => requests.slice(0, 2))

describe('the same model through llama.cpp and ONNX Runtime in process, and behind a real llama-server', () => {
  let server: RunningServer
  let here: Model
  let onnx: Model
  let there: Model
  beforeAll(async () => {
    // In process the attention of a model this small is computed without flash attention, and ONNX
    // has keys and values in float32: so it is to be there.
    server = await startServer({
      model: gguf.F16,
      more: ['-fa', 'off', '-ctk', 'f32', '-ctv', 'f32'],
    })
    there = await openHttp({ url: server.url })
    here = await openLlamaCpp({ model: gguf.F16, kvCache: 'f32' })
    onnx = await openOnnx({ model: 'tiny' })
  })
  afterAll(async () => {
    for (const model of [here, onnx, there]) await model?.close()
    await server?.close()
  })

  for (const { what, requests, settings } of swapKinds) {
    // What a server understands otherwise is refused, and there is nothing to compare.
    const refused = settings.filter((setting) => penalties.includes(setting))
    itWithLlamaServer(
      `${refused.length > 0 ? 'refuse there, and answer the same in process,' : 'answer the same'} to ${what}`,
      async () => {
        for (const request of requests) {
          const expected = await outcome(here, request)
          expect(await outcome(onnx, request), JSON.stringify(request)).toEqual(expected)
          if (refused.length > 0)
            await expect(there.generate(request)).rejects.toMatchObject({ code: 'unsupported' })
          else expect(await outcome(there, request), JSON.stringify(request)).toEqual(expected)
        }
      },
    )
  }

  itWithLlamaServer('answer the same in conversations', async () => {
    for (const questions of swapConversations) {
      const expected = await outcomes(here, questions)
      expect(await outcomes(onnx, questions)).toEqual(expected)
      expect(await outcomes(there, questions)).toEqual(expected)
    }
  })

  itWithLlamaServer('render the same prompt, and tokenise the same texts', async () => {
    for (const input of prompts) {
      expect(await there.render(input)).toEqual(await here.render(input))
      expect(await there.countTokens(input)).toBe(await here.countTokens(input))
    }
    for (const text of [
      'plain words',
      '  white \n\n space\t',
      'naïve café — 日本語 🙂',
      '<|eot_id|><think></think>',
      '',
    ])
      expect(await there.tokenize(text)).toEqual(await here.tokenize(text))
  })

  itWithLlamaServer('begin a prompt with the same token where the format writes none', async () => {
    const format: ChatFormat = {
      name: 'bare',
      advice: { on: {}, off: {} },
      render: ({ messages }) =>
        messages.map((message) => text('content' in message ? message.content : '')),
    }
    const bare = await openHttp({ url: server.url, format })
    const own = await openLlamaCpp({ model: gguf.F16, contextLength: 2_048, format })
    const [far, near] = [await bare.render('12 + 7'), await own.render('12 + 7')]
    await Promise.all([bare.close(), own.close()])
    expect(far).toEqual(near)
    expect(far.text).toBe('<|begin_of_text|>12 + 7')
  })

  itWithLlamaServer('claim the same but for penalties, which there count the prompt too', () => {
    expect(there.capabilities).toEqual({
      ...here.capabilities,
      sampling: here.capabilities.sampling.filter((setting) => !penalties.includes(setting)),
    })
  })

  itWithLlamaServer('give the same log-probabilities', async () => {
    const input = { messages: 'What is 12 + 7?', logprobs: 2, ...greedy }
    const [near, far] = [await here.generate(input), await there.generate(input)]
    expect(far.logprobs?.map(({ token }) => token)).toEqual(
      near.logprobs?.map(({ token }) => token),
    )
    for (const [index, { logprob, top }] of (far.logprobs ?? []).entries()) {
      // Two builds of llama.cpp add in different orders.
      expect(logprob).toBeCloseTo(near.logprobs?.[index]?.logprob ?? NaN, 2)
      expect(top.map(({ token }) => token)).toEqual(
        near.logprobs?.[index]?.top.map(({ token }) => token),
      )
    }
  })
})
