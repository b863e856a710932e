import type { Message, Model } from '@nano/core'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLlamaCpp } from '../../src/index.ts'

let model: Model
beforeAll(async () => {
  model = await openLlamaCpp({ model: 'tiny', parallel: 4 })
})
afterAll(() => model.close())

const greedy = { sampling: { temperature: 0 } } as const
const question = 'What is 4812 + 977?'

describe('the KV cache', () => {
  it('serves the second turn of a conversation', async () => {
    const first: Message[] = [{ role: 'user', content: question }]
    const one = await model.generate({ messages: first, ...greedy })
    const two = await model.generate({ messages: [...first, one.message, { role: 'user', content: 'What is 3 + 4?' }], ...greedy })
    // All but the end-of-turn token and the new turn.
    expect(two.usage.cachedInput).toBeGreaterThanOrEqual(one.usage.input ?? Infinity)
  })

  it('finds each conversation its own', async () => {
    const fresh = await openLlamaCpp({ model: 'tiny', parallel: 3 })
    const histories = ['What is 11 + 1?', 'Which is larger, 7 or 8?', 'Sort ascending: 3, 1, 2.'].map((content): Message[] => [{ role: 'user', content }])
    const turn = (messages: readonly Message[]) => fresh.generate({ messages, ...greedy })
    const firsts = []
    for (const history of histories) firsts.push(await turn(history))
    for (const [index, history] of histories.entries()) {
      const first = firsts[index]!
      const second = await turn([...history, first.message, { role: 'user', content: 'What is 5 + 5?' }])
      expect(second.usage.cachedInput, `conversation ${index}`).toBeGreaterThanOrEqual(first.usage.input ?? Infinity)
    }
    await fresh.close()
  })

  it('changes nothing but the time: a cached reply is the same', async () => {
    const cold = await openLlamaCpp({ model: 'tiny' })
    const one = await cold.generate({ messages: question, reasoning: 'on', ...greedy })
    const two = await cold.generate({ messages: question, reasoning: 'on', ...greedy })
    expect(one.usage.cachedInput).toBe(0)
    expect(two.usage.cachedInput).toBe((one.usage.input ?? 0) - 1)
    expect([two.text, two.reasoning, two.usage.output]).toEqual([one.text, one.reasoning, one.usage.output])
    await cold.close()
  })
})

describe('several requests', () => {
  it('decoded in one batch give each the reply it gets alone', async () => {
    const questions = Array.from({ length: 12 }, (_, index) => `What is ${4_000 + 37 * index} + ${77 * index}?`)
    const ask = (messages: string) => model.generate({ messages, reasoning: 'on', ...greedy })
    const alone = []
    for (const question of questions) alone.push((await ask(question)).reasoning)
    expect((await Promise.all(questions.map(ask))).map(({ reasoning }) => reasoning)).toEqual(alone)
  })

  it('wait their turn, and say how long', async () => {
    const one = await openLlamaCpp({ model: 'tiny' })
    const replies = await Promise.all([1, 2, 3].map(() => one.generate({ messages: question, reasoning: 'on', ...greedy })))
    expect(replies[0]?.timings.waiting).toBeLessThan(replies[2]?.timings.waiting ?? 0)
    await one.close()
  })

  it('are aborted one by one; the others go on, and the slot is free at once', async () => {
    const abort = new AbortController()
    const long = (signal?: AbortSignal) => model.generate({ messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.', reasoning: 'on', ...greedy }, signal && { signal })
    const left = long(abort.signal).catch((error: unknown) => error)
    const others = [long(), long(), long()]
    setTimeout(() => abort.abort('enough'), 3)
    expect(await left).toBe('enough')
    const texts = new Set((await Promise.all([...others, long()])).map(({ text }) => text))
    expect(texts.size).toBe(1)
  })
})

describe('sampling', () => {
  const sampled = async (sampling: object) => {
    const { reasoning, text } = await model.generate({ messages: question, reasoning: 'on', maxTokens: 60, sampling })
    return reasoning + text
  }
  // Cut-offs come before temperature, so the family's top-p would leave one token of a model so sure of itself.
  const hot = { temperature: 20, topP: 1 }

  it('without a seed differs, even within one second', async () => {
    expect(await sampled(hot)).not.toBe(await sampled(hot))
  })
  it('with a seed repeats, and another seed differs', async () => {
    expect(await sampled({ ...hot, seed: 1 })).toBe(await sampled({ ...hot, seed: 1 }))
    expect(await sampled({ ...hot, seed: 1 })).not.toBe(await sampled({ ...hot, seed: 2 }))
  })
  it('of one token at most, or of almost no probability, is greedy', async () => {
    const best = await sampled({ temperature: 0 })
    expect(await sampled({ ...hot, topK: 1 })).toBe(best)
    expect(await sampled({ ...hot, topP: 0.000_001 })).toBe(best)
    expect(await sampled({ ...hot, minP: 1 })).toBe(best)
  })
  it('with a penalty says other things, greedily too', async () => {
    const best = await sampled({ temperature: 0 })
    expect(await sampled({ temperature: 0, repetitionPenalty: 3 })).not.toBe(best)
    expect(await sampled({ temperature: 0, frequencyPenalty: 2 })).not.toBe(best)
    expect(await sampled({ temperature: 0, presencePenalty: 2, frequencyPenalty: 2 })).not.toBe(best)
  })
})

describe('text', () => {
  it('of a token that does not exist is refused, and the process goes on', async () => {
    await expect(model.detokenize([999_999])).rejects.toMatchObject({ code: 'invalid-request' })
    await expect(model.detokenize([640])).rejects.toThrow(/no token 640; the vocabulary has 640/)
    expect(await model.detokenize([639])).toMatch(/^<\|/)
  })
  it('from users never becomes a control token', async () => {
    const { tokens } = await model.render('<|eot_id|>')
    const [eot] = (await model.render('a')).tokens.slice(-5)
    expect(tokens.filter((token) => token === eot)).toHaveLength(2)
    expect((await model.tokenize('<|eot_id|>')).length).toBeGreaterThan(1)
  })
  it('never holds half a character, whatever the model says', async () => {
    const { text, reasoning } = await model.generate({ messages: 'naïve 日本語 🙂', reasoning: 'on', maxTokens: 200, sampling: { temperature: 8, seed: 5 } })
    expect(text + reasoning).toBe((text + reasoning).toWellFormed())
  })
  it('of the prompt is read with progress', async () => {
    const seen: number[] = []
    const { usage } = await model.generate({ messages: '7 '.repeat(600), maxTokens: 1 }, { onPrefill: ({ processed, total }) => seen.push(processed / total) })
    expect(usage.input).toBeGreaterThan(1_024)
    expect(seen.length).toBeGreaterThan(1)
    expect(seen.at(-1)).toBe(1)
  })
})

it('the three quantisations are files of one model', async () => {
  for (const [quantisation, path] of Object.entries(gguf)) {
    const other = await openLlamaCpp({ model: path })
    expect(other.info.quantisation).toBe(quantisation)
    expect((await other.render(question)).tokens).toEqual((await model.render(question)).tokens)
    expect((await other.generate({ messages: question, reasoning: 'on', ...greedy })).reasoning).toMatch(/^4812\+977\n2\+7/)
    await other.close()
  }
})

it('a listener that throws is heard, and the slot comes back', async () => {
  const deaf = { onPrefill: () => { throw new RangeError('not listening') } }
  await expect(model.generate(question, deaf)).rejects.toThrow(new RangeError('not listening'))
  for (let again = 0; again < 5; again++) await model.generate({ messages: question, maxTokens: 2 })
})

it('a reader who went away without leaving loses the slot at an abort', async () => {
  const one = await openLlamaCpp({ model: 'tiny' })
  const abort = new AbortController()
  const forgotten = one.stream({ messages: question, reasoning: 'on' }, { signal: abort.signal })
  await forgotten.next()
  abort.abort('enough')
  await one.generate({ messages: question, maxTokens: 2 }, { signal: AbortSignal.timeout(20_000) })
  await expect(forgotten.next()).rejects.toBe('enough')
  await one.close()
})

it('any number may wait, and nothing is said of leaks', async () => {
  const warnings: Error[] = []
  const listen = (warning: Error) => warnings.push(warning)
  process.on('warning', listen)
  await Promise.all(Array.from({ length: 40 }, () => model.generate({ messages: question, maxTokens: 2 })))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', listen)
  expect(warnings.map(({ name }) => name)).toEqual([])
})

it('a reply ends with the context, and says length', async () => {
  const short = await openLlamaCpp({ model: 'tiny', contextLength: 48 })
  const { finish, cut, usage } = await short.generate({ messages: question, reasoning: 'on', ...greedy })
  expect({ finish, cut, tokens: (usage.input ?? 0) + (usage.output ?? 0) }).toEqual({ finish: 'length', cut: 'reasoning', tokens: 48 })
  await short.close()
})
