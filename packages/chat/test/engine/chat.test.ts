import { Model } from '@nano/core'
import { conformance } from '@nano/core/conformance'
import { describe, expect, it } from 'vitest'
import { type ChatFormat, formats } from '../../src/index.ts'
import { chat } from '../../src/engine/index.ts'
import { chatml } from '../../src/formats/chatml.ts'
import { llama3 } from '../../src/formats/llama-3.ts'
import { nemotron } from '../../src/formats/nemotron.ts'
import { parrot, thinker } from '../support/parrot.ts'
import { scripts } from '../support/scripts.ts'

describe('an engine lifted by chat', async () => {
  for (const format of Object.values(formats))
    await describe(format.name, () =>
      conformance(it, () => new Model(chat(thinker({ format }), format))),
    )
})

const reasoners = Object.values(formats).filter(({ reasoning }) => reasoning)
const reasoningOn = { messages: 'hi', reasoning: 'on' } as const
const modelSaying = (reply: string, log: string[] = []) =>
  new Model(chat(parrot({ says: () => reply, log }), nemotron))
it('splits, stops and frees the engine', async () => {
  const log: string[] = []
  const result = await modelSaying('<think>plan STOP b</think>ok STOP not shown', log).generate({
    ...reasoningOn,
    stop: ['STOP'],
  })
  expect(result).toMatchObject({
    reasoning: 'plan STOP b',
    text: 'ok ',
    finishReason: 'stop',
    usage: { input: 56, cachedInput: 0, output: 33, reasoning: 26 },
  })
  expect(log.at(-1)).toBe('slot freed')
})

it('the engine works on what comes next while a part is read', async () => {
  const engine = parrot({ says: () => 'abc' })
  let stepCount = 0
  const countSteps = (completion: ReturnType<typeof engine.complete>) => {
    const next = completion.next.bind(completion)
    return Object.assign(completion, {
      next: (...steering: Parameters<typeof next>) => (stepCount++, next(...steering)),
    })
  }
  const stream = new Model(
    chat({ ...engine, complete: (...request) => countSteps(engine.complete(...request)) }, llama3),
  ).stream('hi')
  expect(await stream.next()).toMatchObject({ value: { text: 'a' } })
  // The first increment has no text yet.
  expect(stepCount).toBe(3)
  await stream.return()
})

it('a reader who leaves does not wait for an engine that has fallen silent', async () => {
  const engine = parrot({ says: () => 'abc' })
  const completeInSilence = async function* (
    ...[prompt, options]: Parameters<typeof engine.complete>
  ) {
    for await (const increment of engine.complete(prompt, options)) {
      yield increment
      if (increment.text)
        await new Promise((_, reject) =>
          options.signal.addEventListener('abort', () => reject(options.signal.reason as Error)),
        )
    }
  }
  for await (const part of new Model(
    chat({ ...engine, complete: completeInSilence }, llama3),
  ).stream('hi')) {
    expect(part).toMatchObject({ text: 'a' })
    break
  }
})

it('a thought cut short stays a thought', async () => {
  expect(
    await modelSaying('<think>half a thought').generate({ ...reasoningOn, maxTokens: 12 }),
  ).toMatchObject({
    text: '',
    reasoning: 'half ',
    finishReason: 'length',
    cut: 'reasoning',
  })
})

it('a thought although it is off is not shown, and counts', async () => {
  const { reasoning, text, usage } = await modelSaying('<think>hm</think>ok').generate({
    messages: 'hi',
    reasoning: 'off',
  })
  expect({ reasoning, text, spent: usage.reasoning }).toEqual({
    reasoning: '',
    text: 'ok',
    spent: '<think>hm</think>'.length,
  })
})

it('each increment counts as progress, also of a thought that is not shown', async () => {
  const driver = chat(parrot({ says: () => '<think>abc</think>de' }), nemotron)
  let stepCount = 0
  const request = { messages: [{ role: 'user', content: 'hi' }], reasoning: 'off' } as const
  const call = { signal: new AbortController().signal, onProgress: () => void stepCount++ }
  for await (const part of driver.stream(request, call))
    if (part.type === 'text') expect(stepCount).toBeGreaterThan('<think>abc</think>'.length)
  expect(stepCount).toBeGreaterThanOrEqual('<think>abc</think>de'.length)
})

it('a budget closes the thought, and the answer follows', async () => {
  const result = await new Model(chat(thinker(), nemotron)).generate({
    ...reasoningOn,
    reasoningBudget: 14,
  })
  expect(result).toMatchObject({
    reasoning: 'twelve',
    text: 'The answer is nineteen.',
    finishReason: 'stop',
    usage: { reasoning: 14 },
  })
})

it('a budget that ends the thought is what cut the reply', async () => {
  const model = new Model(chat(thinker(), nemotron))
  expect(await model.generate({ ...reasoningOn, reasoningBudget: 14 })).toMatchObject({
    finishReason: 'stop',
    cut: 'budget',
  })
  expect(await model.generate({ ...reasoningOn, reasoningBudget: 1_000 })).not.toHaveProperty('cut')
})

it(
  'a budget that ends the thought is what cut the reply, also where maxTokens cuts the ' + 'answer',
  async () => {
    const model = new Model(chat(thinker(), nemotron))
    expect(
      await model.generate({ ...reasoningOn, reasoningBudget: 14, maxTokens: 20 }),
    ).toMatchObject({
      text: 'The an',
      finishReason: 'length',
      cut: 'budget',
    })
  },
)

it('a budget of any size closes the thought once, wherever it falls', async () => {
  const model = new Model(chat(thinker(), nemotron))
  const {
    reasoning: wholeThought,
    usage: { reasoning: thoughtTokens = 0 },
  } = await model.generate(reasoningOn)
  for (let reasoningBudget = 7; reasoningBudget <= thoughtTokens; reasoningBudget++) {
    const { reasoning, text, usage } = await model.generate({ ...reasoningOn, reasoningBudget })
    expect(
      wholeThought.startsWith(reasoning),
      `${reasoningBudget}: ${JSON.stringify(reasoning)}`,
    ).toBe(true)
    expect(text).toBe('The answer is nineteen.')
    expect(usage.reasoning).toBeLessThanOrEqual(reasoningBudget)
  }
})

it.each(reasoners)('$name: the thought is split from the answer', async (format) => {
  const { thought, answer } = scripts[format.name]!
  const { reasoning, text } = await new Model(chat(thinker({ format }), format)).generate(
    reasoningOn,
  )
  expect({ reasoning, text }).toEqual({ reasoning: thought, text: answer })
})

it.each(reasoners)(
  '$name: a reply cut anywhere and gone on with is the whole reply',
  async (format: ChatFormat) => {
    const model = new Model(chat(thinker({ format }), format))
    const wholeReply = await model.generate(reasoningOn)
    for (let maxTokens = 1; maxTokens < (wholeReply.usage.output ?? 0); maxTokens++) {
      const cutReply = await model.generate({ ...reasoningOn, maxTokens })
      const continuation = await model.generate({
        ...reasoningOn,
        messages: [
          { role: 'user', content: 'hi' },
          { ...cutReply.message, continue: true },
        ],
      })
      // White space at the end of a cut thought may be the thought's or the marker's: nobody knows
      // yet.
      expect(
        [
          (cutReply.reasoning + continuation.reasoning).trimEnd(),
          cutReply.text + continuation.text,
        ],
        `cut after ${maxTokens}`,
      ).toEqual([wholeReply.reasoning, wholeReply.text])
      expect(cutReply.cut).toBe(cutReply.text ? 'text' : 'reasoning')
    }
  },
)

it('a hidden thought cut by the limit is what was cut', async () => {
  expect(
    await modelSaying('<think>and so on').generate({
      messages: 'hi',
      reasoning: 'off',
      maxTokens: 12,
    }),
  ).toMatchObject({ text: '', reasoning: '', cut: 'reasoning' })
})

it('a token that does not exist is refused before it reaches the engine', async () => {
  await expect(modelSaying('ok').detokenize([0x20_0000])).rejects.toThrow(/no token 2097152/)
})

it('a budget that opens another thought is closed again, and ends', async () => {
  const model = new Model(chat(parrot({ says: () => '<think>more and more' }), nemotron))
  const { finishReason, cut, usage } = await model.generate({ ...reasoningOn, reasoningBudget: 10 })
  expect({ finishReason, cut }).toEqual({ finishReason: 'length', cut: 'budget' })
  expect(usage.output).toBeLessThan(40)
})

describe('sampling', () => {
  const samplingOf = async (request: object) => {
    const log: string[] = []
    await modelSaying('ok', log).generate({ messages: 'hi', ...request })
    return JSON.parse(log[0]!) as unknown
  }
  it('follows the advice of the family for the mode', async () => {
    expect(await samplingOf({ reasoning: 'on' })).toEqual({ temperature: 0.6, topP: 0.95 })
    expect(await samplingOf({ reasoning: 'off' })).toEqual({ temperature: 0 })
    expect(await samplingOf({})).toEqual({ temperature: 0.6, topP: 0.95 })
  })
  it('gives way to the request, setting by setting', async () => {
    expect(await samplingOf({ reasoning: 'on', sampling: { temperature: 1 } })).toEqual({
      temperature: 1,
      topP: 0.95,
    })
  })
})

it('a prompt that fills the context is refused with both numbers', async () => {
  const model = new Model(chat(parrot({ says: () => 'ok', contextLength: 40 }), nemotron))
  await expect(model.generate('hi')).rejects.toThrow(/56 tokens.*has 40/)
})

it('the token a tokenizer begins with is added where the format did not write it', async () => {
  const prompt = async (format: typeof chatml) =>
    (await new Model(chat({ ...thinker(), bosToken: '<|begin_of_text|>' }, format)).render('hi'))
      .text
  expect(await prompt(chatml)).toMatch(/^<\|begin_of_text\|><\|im_start\|>user/)
  expect(await prompt(llama3)).toMatch(/^<\|begin_of_text\|><\|start_header_id\|>user/)
})
