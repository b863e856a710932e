import { type GenerateRequest, type Message, Model } from '@nano/core'
import { conformance } from '@nano/core/conformance'
import { scripted } from '@nano/core/testing'
import { describe, expect, it } from 'vitest'
import { type HistorySummary, summarizeHistory } from '../../src/index.ts'

const lastText = ({ messages }: GenerateRequest): string => {
  const last = messages.at(-1)
  return last?.role === 'user' ? last.content : ''
}
const isSummarizing = (request: GenerateRequest) =>
  /Summarize all of this in at most \d+ words\.$/.test(lastText(request))

/** A model with 1,200 tokens of context, a byte each, whose summaries are numbered. */
function talkativeModel({
  contextLength = 1_200,
  summary = 'summary',
  summaryTokens = 150,
  loras = [] as readonly string[],
} = {}) {
  const requests: GenerateRequest[] = []
  const summaries: HistorySummary[] = []
  const driver = scripted({
    contextLength,
    capabilities: { loras },
    thought: () => [],
    reply(request) {
      requests.push(request)
      const count = requests.filter(isSummarizing).length
      return [isSummarizing(request) ? summary && `${summary} ${count}` : 'yes']
    },
  })
  const history = summarizeHistory({
    reserve: 100,
    summaryTokens,
    onSummary: (written) => summaries.push(written),
  })
  return { model: new Model(driver, history), requests, summaries }
}

const turn = (index: number, length = 40): Message[] => [
  { role: 'user', content: `turn ${index} ${'x'.repeat(length)}` },
  { role: 'assistant', content: 'yes' },
]
const turns = (count: number) => Array.from({ length: count }, (_, index) => turn(index)).flat()
const question: Message = { role: 'user', content: 'And now?' }

describe('summarizeHistory', () => {
  it('puts a summary in place of the oldest turns, and says so', async () => {
    const { model, requests, summaries } = talkativeModel()
    const system: Message = { role: 'system', content: 'Be brief.' }
    const messages = [system, ...turns(25), question]
    const { omittedMessages, text } = await model.generate({ messages })
    const [summary] = summaries
    const [first, ...rest] = requests.at(-1)?.messages ?? []
    expect(text).toBe('yes')
    expect(first).toEqual({
      role: 'system',
      content: `Be brief.\n\nWhat was said before, in short:\n${summary?.text}`,
    })
    expect(summaries).toHaveLength(1)
    expect(omittedMessages).toBe(summary?.messages.length)
    expect([...(summary?.messages ?? []), ...rest]).toEqual(messages.slice(1))
    expect(requests.filter(isSummarizing).map(lastText).join()).toContain('User: turn 0 ')
  })

  it('leaves a conversation alone that fits', async () => {
    const { model, requests } = talkativeModel()
    const messages = [...turns(5), question]
    expect(await model.generate({ messages })).not.toHaveProperty('omittedMessages')
    expect(requests.map((request) => request.messages)).toEqual([messages])
  })

  it('summarizes once for several turns, and goes on from the last summary', async () => {
    const { model, requests, summaries } = talkativeModel()
    const messages = turns(20)
    for (let count = 20; count < 40; count++) {
      await model.generate({ messages: [...messages, question] })
      messages.push(...turn(count))
    }
    expect(summaries.length).toBeGreaterThan(1)
    expect(summaries.length).toBeLessThan(6)
    const later = requests.filter(isSummarizing).map(lastText).at(-1)
    expect(later).toMatch(/^So far, in short: summary \d+\n/)
    expect(later).not.toContain('turn 0 ')
  })

  it('summarizes a turn that is longer than the context in pieces', async () => {
    const { model, requests, summaries } = talkativeModel()
    const messages = [...turn(0, 3_000), ...turns(2), question]
    const { text } = await model.generate({ messages })
    expect([text, summaries.length]).toEqual(['yes', 1])
    const pieces = requests.filter(isSummarizing).map(lastText)
    expect(pieces.length).toBeGreaterThan(3)
    expect(pieces.join('').match(/x/g)?.length).toBeGreaterThanOrEqual(3_000)
  })

  it('never parts a call from its result', async () => {
    const { model, requests } = talkativeModel()
    const calls = Array.from({ length: 12 }, (_, index): Message[] => [
      { role: 'user', content: 'look it up'.padEnd(40) },
      { role: 'assistant', content: '', toolCalls: [{ id: `${index}`, name: 'f', input: {} }] },
      { role: 'tool', toolCallId: `${index}`, output: 'x'.repeat(40) },
    ]).flat()
    await model.generate({ messages: [...calls, question] })
    const sent = requests.at(-1)?.messages ?? []
    const callIds = sent.flatMap((message) =>
      message.role === 'assistant' ? (message.toolCalls ?? []).map(({ id }) => id) : [],
    )
    const resultIds = sent.flatMap((message) =>
      message.role === 'tool' ? [message.toolCallId] : [],
    )
    expect(callIds.length).toBeGreaterThan(0)
    expect(resultIds).toEqual(callIds)
  })

  it('counts and renders what it sends', async () => {
    const { model, requests, summaries } = talkativeModel()
    const request = { messages: [...turns(25), question] }
    const counted = await model.countTokens(request)
    const { usage } = await model.generate(request)
    expect(usage.input).toBe(counted)
    expect((await model.render(request)).text).toContain(summaries[0]?.text)
    expect(summaries).toHaveLength(1)
    expect(requests.filter((sent) => !isSummarizing(sent))).toHaveLength(1)
  })

  it('fails where a summary is empty, and drops nothing in silence', async () => {
    const { model } = talkativeModel({ summary: '' })
    await expect(model.generate({ messages: [...turns(25), question] })).rejects.toMatchObject({
      code: 'bad-output',
      message: expect.stringContaining('summaryTokens'),
    })
  })

  it('fails where the last turn alone is too long', async () => {
    const { model, requests } = talkativeModel()
    const messages = [...turns(2), { role: 'user', content: 'x'.repeat(2_000) } as const]
    await expect(model.generate({ messages })).rejects.toMatchObject({ code: 'context-overflow' })
    expect(requests).toEqual([])
  })

  it('drops old turns where the last one leaves no room for a summary, and says so', async () => {
    const { model, requests } = talkativeModel()
    const messages = [...turns(3), { role: 'user', content: 'x'.repeat(1_060) } as const]
    expect((await model.generate({ messages })).omittedMessages).toBe(6)
    expect(requests.map((request) => request.messages)).toEqual([messages.slice(-1)])
  })

  it('refuses summaries that take most of the context', () => {
    expect(() => talkativeModel({ summaryTokens: 1_150 })).toThrow('Lower summaryTokens')
  })

  it('writes a short summary where the last turn leaves little room, and forgets it', async () => {
    const { model, requests, summaries } = talkativeModel()
    const history = turns(25)
    await model.generate({ messages: [...history, question] })
    const long = { role: 'user', content: 'x'.repeat(1_030) } as const
    await model.generate({ messages: [...history, long] })
    await model.generate({ messages: [...history, question] })
    expect(requests.filter(isSummarizing).at(-1)?.maxTokens).toBeLessThan(150)
    expect(summaries).toHaveLength(2)
    expect(requests.at(-1)?.messages[0]).toMatchObject({
      content: expect.stringContaining(summaries[0]?.text ?? 'none'),
    })
  })

  it('keeps the summaries of adapters and of models apart', async () => {
    const { model, summaries } = talkativeModel({ loras: ['polite'] })
    const messages = [...turns(25), question]
    await model.generate({ messages })
    await model.generate({ messages, lora: 'polite' })
    await model.generate({ messages })
    expect(summaries).toHaveLength(2)
  })

  it('ends on abort while a summary is written', async () => {
    const abort = new AbortController()
    const requests: GenerateRequest[] = []
    const reply = (request: GenerateRequest) => {
      requests.push(request)
      if (isSummarizing(request)) abort.abort(new Error('enough'))
      return ['yes']
    }
    const driver = scripted({ contextLength: 1_200, reply })
    const model = new Model(driver, summarizeHistory({ reserve: 100 }))
    const messages = [...turns(25), question]
    const answer = model.generate({ messages }, { signal: abort.signal })
    await expect(answer).rejects.toThrow('enough')
    expect(requests).toHaveLength(1)
  })

  it('refuses options that are not valid', () => {
    expect(() => summarizeHistory({ summaryTokens: 0 })).toThrow('summaryTokens')
  })
})

describe('the scripted driver behind summarizeHistory', async () => {
  const tenWords = () => 'one two three four five six seven eight nine ten'.split(/(?= )/)
  const driver = () => scripted({ reply: tenWords, thought: tenWords })
  await conformance(it, () => new Model(driver(), summarizeHistory()))
})
