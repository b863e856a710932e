import { Model } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { chat } from '../../src/engine/index.ts'
import { templateFormat } from '../../src/index.ts'
import { parrot } from '../support/parrot.ts'
import { thinkingTemplates } from '../support/thinking-templates.ts'

const tools = [
  { name: 'find', parameters: { type: 'object', properties: { q: { type: 'string' } } } },
]
const call = '<tool_call>\n{"name": "find", "arguments": {"q": "x"}}\n</tool_call>'
const expectedCalls = [{ id: 'call_1', name: 'find', input: { q: 'x' } }]

const families = thinkingTemplates.flatMap((family) => [
  { ...family, kind: 'text', controlTokens: [] as readonly string[] },
  { ...family, kind: 'control tokens' },
])

describe.each(families)('$name as $kind', ({ template, controlTokens, ...family }) => {
  const { open, close, answer, opensThought } = family
  const format = templateFormat({ name: 'test', template, controlTokens })
  const wrapAnswer = (text: string) => answer.open + text + answer.close
  const thought = `${opensThought ? '' : `${open}\n`}I think.\n${close}`
  const model = (reply: string) =>
    new Model(chat(parrot({ says: () => reply, controls: controlTokens }), format))
  const reasoningOn = { messages: 'hi', reasoning: 'on' } as const
  const reasoningOff = { messages: 'hi', reasoning: 'off' } as const

  it('a thought and its answer come apart, without their marks', async () => {
    expect(await model(thought + wrapAnswer('Yes.')).generate(reasoningOn)).toMatchObject({
      reasoning: 'I think.',
      text: 'Yes.',
      finishReason: 'stop',
    })
  })

  it('marks that the answer talks about are text', async () => {
    const line = `BEGIN ${open} AFTER ${close} END`
    expect(await model(thought + wrapAnswer(line)).generate(reasoningOn)).toMatchObject({
      reasoning: 'I think.',
      text: line,
    })
    expect(await model(wrapAnswer(line)).generate(reasoningOff)).toMatchObject({
      reasoning: '',
      text: line,
    })
  })

  it('a thought that nobody asked for is not shown, and counts', async () => {
    const { reasoning, text, usage } = await model(
      `${open}\nI think.\n${close}${wrapAnswer('Yes.')}`,
    ).generate(reasoningOff)
    expect({ reasoning, text }).toEqual({ reasoning: '', text: 'Yes.' })
    expect(usage.reasoning).toBeGreaterThan('I think.'.length)
    expect(usage.reasoning).toBeLessThan(usage.output ?? 0)
  })

  it('a hidden thought that is all of a reply is given as text', async () => {
    const reply = model(`${open}\nI think.`)
    const { text, usage, finishReason } = await reply.generate(reasoningOff)
    expect({ text, finishReason }).toEqual({ text: 'I think.', finishReason: 'stop' })
    expect(usage.reasoning).toBeGreaterThan('I think.'.length)
    expect(await reply.generate({ ...reasoningOff, maxTokens: 5 })).toMatchObject({
      text: '',
      finishReason: 'length',
    })
  })

  it('a call after a thought is a call', async () => {
    expect(await model(thought + call).generate({ ...reasoningOn, tools })).toMatchObject({
      reasoning: 'I think.',
      text: '',
      toolCalls: expectedCalls,
    })
  })

  it('a call in a thought that nothing follows is the call', async () => {
    const reply = `${opensThought ? '' : open}I read it.\n${call}`
    expect(await model(reply).generate({ ...reasoningOn, tools })).toMatchObject({
      reasoning: expect.stringMatching(/^I read it\.\s*$/) as string,
      text: '',
      toolCalls: expectedCalls,
      finishReason: 'tool-calls',
    })
    expect(
      await model(open + `I read it.\n${call}`).generate({ ...reasoningOff, tools }),
    ).toMatchObject({
      reasoning: '',
      text: '',
      toolCalls: expectedCalls,
    })
  })

  it('a call that a thought only talks about is part of it', async () => {
    const reply = `${opensThought ? '' : open}I could write ${call}.\n${close}${wrapAnswer('No.')}`
    expect(await model(reply).generate({ ...reasoningOn, tools })).toMatchObject({
      reasoning: `I could write ${call}.`,
      text: 'No.',
      toolCalls: [],
    })
  })

  it('a thought behind a call is a thought', async () => {
    const secondThought = `${open}\nAgain.\n${close}`
    const reply = await model(thought + call + secondThought + wrapAnswer('So.')).generate({
      ...reasoningOn,
      tools,
    })
    expect(reply).toMatchObject({
      reasoning: 'I think.\n\nAgain.',
      text: 'So.',
      toolCalls: expectedCalls,
    })
  })

  it('text beside a call keeps its marks to itself', async () => {
    const reply = `${thought}${wrapAnswer('Let me look.')}${call}`
    expect(await model(reply).generate({ ...reasoningOn, tools })).toMatchObject({
      reasoning: 'I think.',
      text: 'Let me look.',
      toolCalls: expectedCalls,
    })
  })

  it('a thought is closed when its budget is used up, and the answer has no marks', async () => {
    const writeEndlessReply = (prompt: string) => {
      const turn = prompt.slice(prompt.lastIndexOf('assistant\n'))
      if (turn.includes(close)) return `Yes.${answer.close}`
      return `${opensThought ? '' : open}${'So much. '.repeat(20)}`
    }
    const engine = parrot({ controls: controlTokens, says: writeEndlessReply })
    const reply = await new Model(chat(engine, format)).generate({
      ...reasoningOn,
      reasoningBudget: 40,
    })
    expect(reply).toMatchObject({ text: 'Yes.', cut: 'budget' })
  })
})
