import type { GenerateInput, GenerateResult, Model } from '@nano/core'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest'
import { openHttp } from '../../src/index.ts'
import { fakeServer, type FakeServer, json, modelList } from '../fake-server.ts'
import { openModel, startFakeServer } from '../open-model.ts'
import { bridgeCompletions, completionsDescriptions, tokenizerFile } from './completions-bridge.ts'
import { itWithLlamaServer, type RunningServer, startServer } from './llama-server.ts'

/** The API description of a version whose completions have `field`. */
const apiDescription = (field: string) =>
  json({
    components: { schemas: { CompletionRequest: { properties: { prompt: {}, [field]: {} } } } },
  })

const modelOptions = {
  format: 'nemotron',
  tokenizer: tokenizerFile,
  contextLength: 2_048,
} as const

describe.each(completionsDescriptions)('completions of $server', (description) => {
  const { server: kind } = description
  let llamaServer: RunningServer
  let bridge: FakeServer
  /** The model through the completions of this kind of server. */
  let bridgedModel: Model
  /** The same model through llama-server's own completions. */
  let directModel: Model
  beforeAll(async () => {
    llamaServer = await startServer({ model: gguf.F16 })
    bridge = await fakeServer({
      '/v1/models': modelList,
      '/v1/completions': bridgeCompletions(llamaServer, description),
      '/openapi.json': apiDescription(description.tokenIdsField),
    })
    bridgedModel = await openHttp({ url: bridge.url, server: kind, ...modelOptions })
    directModel = await openHttp({ url: llamaServer.url })
  })
  afterAll(async () => {
    await bridgedModel?.close()
    await directModel?.close()
    await bridge?.close()
    await llamaServer?.close()
  })

  itWithLlamaServer('are chosen with a tokenizer.json, and chat without one', async () => {
    expect(bridgedModel.capabilities).toMatchObject({
      render: true,
      controlTokensApart: true,
      reasoningBudget: true,
      schema: true,
      logprobs: description.fields.includes('logprobs'),
    })
    const { tokenizer: _, ...withoutTokenizer } = modelOptions
    const chat = await openModel({ url: bridge.url, server: kind, ...withoutTokenizer })
    expect(chat.capabilities).toMatchObject({
      render: false,
      controlTokensApart: false,
      reasoningBudget: false,
    })
  })

  itWithLlamaServer('name each option that they lack when mode demands them', async () => {
    await expect(
      openHttp({ url: bridge.url, server: kind, mode: 'completions' }),
    ).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/option tokenizer.*option contextLength/) as string,
    })
  })

  itWithLlamaServer('complete a text of a base model, whose format is unknown', async () => {
    const { format: _, ...withoutFormat } = modelOptions
    const base = await openModel({
      url: bridge.url,
      server: kind,
      mode: 'completions',
      ...withoutFormat,
    })
    expect(base.info).not.toHaveProperty('format')
    const request = { prompt: '1, 2, 3, 4,', maxTokens: 24, ...greedy }
    const expected = await directModel.generate(request)
    expect(comparable(await base.generate(request))).toEqual(comparable(expected))
    expect(comparable(await bridgedModel.generate(request))).toEqual(comparable(expected))
    expect(expected.text).not.toBe('')
    await expect(base.generate('hi')).rejects.toMatchObject({ code: 'unsupported' })
  })

  itWithLlamaServer('are not chosen at a version that returns no token ids', async () => {
    const olderServer = await startFakeServer({
      '/v1/models': modelList,
      '/openapi.json': apiDescription('best_of'),
    })
    const chat = await openModel({ url: olderServer.url, server: kind, ...modelOptions })
    expect(chat.capabilities.render).toBe(false)
  })

  itWithLlamaServer('get each setting, and the tokens that end a turn', async () => {
    const request = { messages: 'hi', reasoning: 'off', maxTokens: 1 } as const
    await bridgedModel.generate({ ...request, sampling: { temperature: 0 } })
    expect(bridge.requests.at(-1)?.body).toMatchObject({
      stop_token_ids: expect.arrayContaining([633]) as unknown,
      temperature: 0,
      top_p: 1,
      min_p: 0,
      repetition_penalty: 1,
      top_k: description.neutralTopK,
    })
  })

  itWithLlamaServer("give the replies of llama-server's own completions", async () => {
    for (const request of requests) {
      const [actual, expected] = [
        await bridgedModel.generate(request),
        await directModel.generate(request),
      ]
      expect(comparable(actual)).toEqual(comparable(expected))
      // A reply that is stopped or steered does not wait for the usage at the end of the stream.
      if (request.stop) continue
      expect(actual.usage).toMatchObject({
        output: expected.usage.output,
        reasoning: expected.usage.reasoning,
      })
      if (request.reasoningBudget === undefined) expect(actual.usage.cachedInput).toBe(4)
    }
  })

  itWithLlamaServer('give log-probabilities where the server has those of the logits', async () => {
    const request = {
      messages: 'What is 4812 + 977?',
      reasoning: 'off',
      maxTokens: 6,
      logprobs: 3,
      sampling: { temperature: 0 },
    } as const
    if (!bridgedModel.capabilities.logprobs)
      return expect(bridgedModel.generate(request)).rejects.toMatchObject({ code: 'unsupported' })
    const [actual, expected] = [
      await bridgedModel.generate(request),
      await directModel.generate(request),
    ]
    expect(actual.logprobs?.length).toBeGreaterThan(3)
    const round = ({ token, text, logprob, top }: NonNullable<typeof actual.logprobs>[number]) => ({
      token,
      text,
      logprob: logprob.toFixed(3),
      top: top.map((alternative) => alternative.token),
    })
    expect(actual.logprobs?.map(round)).toEqual(expected.logprobs?.map(round))
  })
})

describe('a model of an unknown family', () => {
  const template =
    '{% for m in messages %}{{ m.role }}: {{ m.content }}<|eot_id|>{% endfor %}' +
    '{% if add_generation_prompt %}assistant: {% endif %}'

  itWithLlamaServer('is asked by token ids where vLLM gives its template', async () => {
    const llamaServer = await startServer({ model: gguf.F16 })
    onTestFinished(() => llamaServer.close())
    const [description] = completionsDescriptions
    const bridge = await startFakeServer({
      '/v1/models': modelList,
      '/v1/completions': bridgeCompletions(llamaServer, description!),
      '/openapi.json': apiDescription('return_token_ids'),
      '/tokenizer_info': json({ chat_template: template }),
    })
    const { format: _, ...withoutFormat } = modelOptions
    const model = await openModel({ url: bridge.url, server: 'vllm', ...withoutFormat })
    expect(model.info.format).toBe('template of m')
    expect(model.capabilities).toMatchObject({ chat: true, controlTokensApart: true })
    const { text } = await model.render({ messages: 'a <|eot_id|>' })
    expect(text).toBe('<|begin_of_text|>user: a <|eot_id|><|eot_id|>assistant: ')
    const { usage } = await model.generate({ messages: 'hi', maxTokens: 4, ...greedy })
    expect(usage.output).toBe(4)
    const prompt = bridge.requests.at(-1)?.body['prompt']
    expect((prompt as readonly number[]).every(Number.isInteger)).toBe(true)
  })
})

describe('a server that ignores grammars', () => {
  itWithLlamaServer('claims no schema and no forced tools in completions', async () => {
    const llamaServer = await startServer({ model: gguf.F16 })
    onTestFinished(() => llamaServer.close())
    const [description] = completionsDescriptions
    const bridge = await startFakeServer({
      '/v1/models': modelList,
      '/v1/completions': bridgeCompletions(llamaServer, {
        ...description!,
        readGrammar: () => undefined,
      }),
    })
    const model = await openModel({ url: bridge.url, server: 'vllm', ...modelOptions })
    expect(model.capabilities).toMatchObject({ render: true, schema: false, tools: 'offered' })
  })
})

const greedy = { sampling: { temperature: 0 } } as const
const requests: readonly Exclude<GenerateInput, string>[] = [
  { messages: 'What is 4812 + 977?', reasoning: 'on', ...greedy },
  { messages: 'What is 4812 + 977?', reasoning: 'off', stop: ['78'], ...greedy },
  {
    messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.',
    reasoning: 'on',
    maxTokens: 30,
    ...greedy,
  },
  { messages: 'What is 4812 + 977?', reasoning: 'on', reasoningBudget: 12, ...greedy },
  {
    messages: 'Answer in JSON with the key result: 12 + 30',
    reasoning: 'on',
    schema: {
      type: 'object',
      properties: { result: { type: 'string', maxLength: 20 } },
      required: ['result'],
    },
    maxTokens: 300,
    ...greedy,
  },
]

function comparable({ reasoning, text, finishReason, usage }: GenerateResult) {
  return { reasoning, text, finishReason, input: usage.input }
}
