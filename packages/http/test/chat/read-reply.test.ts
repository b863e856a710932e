import { describe, expect, it } from 'vitest'
import { replyOf, textDeltas } from './reply-of.ts'

describe('white space', () => {
  it('around a thought in its own field belongs to neither thought nor answer', async () => {
    const { reasoning, text } = await replyOf(
      [
        { reasoning: '\n' },
        { reasoning: ' so' },
        { reasoning: ' \n' },
        { reasoning: 'it is\n' },
        ...textDeltas('\n', '\n yes ', 'sir\n'),
      ],
      { format: 'nemotron', reasoning: 'on' },
    )
    expect({ reasoning, text }).toEqual({ reasoning: 'so \nit is', text: 'yes sir\n' })
  })

  it('at the start of a reply without a thought is text', async () => {
    const deltas = textDeltas('\n', ' yes')
    expect((await replyOf(deltas, { format: 'nemotron', reasoning: 'off' })).text).toBe('\n yes')
  })
})

describe('a thought that the template opens', () => {
  const options = { format: 'nemotron-nano-2', reasoning: 'on' } as const

  it('is split off where the server leaves it in the text', async () => {
    expect(await replyOf(textDeltas('so it is</thi', 'nk>\n\nyes'), options)).toMatchObject({
      reasoning: 'so it is',
      text: 'yes',
    })
  })

  it('is the answer too where the model ended its reply and no thought', async () => {
    expect(await replyOf(textDeltas('y', 'es'), options)).toMatchObject({
      reasoning: 'yes',
      text: 'yes',
      finishReason: 'stop',
    })
    expect(await replyOf(textDeltas('so</think>'), options)).toMatchObject({ text: '' })
  })

  it('does not begin again in the text where the server sends it in its own field', async () => {
    const deltas = [{ reasoning_content: 'so it is' }, ...textDeltas('yes')]
    expect(await replyOf(deltas, options)).toMatchObject({ reasoning: 'so it is', text: 'yes' })
  })

  it('stays a thought when the reply is cut', async () => {
    const deltas = textDeltas('so it', ' is</thi')
    expect(await replyOf(deltas, { ...options, rawFinishReason: 'length' })).toMatchObject({
      reasoning: 'so it is',
      text: '',
      finishReason: 'length',
      cut: 'reasoning',
    })
  })
})

describe('a thought', () => {
  it('that the server repeats under two names is read once', async () => {
    const deltas = [
      { reasoning: 'so', reasoning_content: 'so', content: '' },
      { content: 'yes', reasoning: null },
    ]
    expect(await replyOf(deltas, { format: 'nemotron', reasoning: 'on' })).toMatchObject({
      reasoning: 'so',
      text: 'yes',
    })
  })
})

describe('an answer', () => {
  it('may be a refusal', async () => {
    const deltas = [{ refusal: 'I can' }, { refusal: 'not', content: null }]
    expect(await replyOf(deltas)).toMatchObject({ text: 'I cannot', finishReason: 'stop' })
    const parts = [{ content: [{ type: 'refusal', refusal: 'I cannot' }] }]
    expect(await replyOf(parts)).toMatchObject({ text: 'I cannot' })
  })

  it('may be in content parts of any name', async () => {
    const parts = [
      { type: 'thinking', thinking: null },
      { type: 'output_text', text: 'yes' },
    ]
    expect(await replyOf([{ content: parts }])).toMatchObject({ text: 'yes' })
  })

  it('of gpt-oss is read from a text that has the control tokens of its format', async () => {
    const deltas = textDeltas(
      '<|channel|>analysis<|message|>so<|end|>',
      '<|start|>assistant<|channel|>final<|message|>yes',
    )
    expect(await replyOf(deltas, { format: 'gpt-oss' })).toMatchObject({
      reasoning: 'so',
      text: 'yes',
    })
  })
})

describe('an answer with a schema', () => {
  const schema = { type: 'object' }

  it("is requested in the server's form, and is JSON", async () => {
    const { text, requestBody } = await replyOf(textDeltas('{"a"', ': 1}'), { schema })
    expect(text).toBe('{"a": 1}')
    expect(requestBody).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { schema, strict: true } },
    })
  })

  it('rejects with bad-output where it is not JSON, unless the reply is cut', async () => {
    const deltas = textDeltas('{"a"')
    await expect(replyOf(deltas, { schema })).rejects.toMatchObject({ code: 'bad-output' })
    expect(await replyOf(deltas, { schema, rawFinishReason: 'length' })).toMatchObject({
      text: '{"a"',
      finishReason: 'length',
    })
  })

  it('rejects with bad-output where it does not hold to the schema', async () => {
    const strictSchema = {
      type: 'object',
      properties: { answer: { type: 'integer' } },
      required: ['answer'],
      additionalProperties: false,
    }
    await expect(
      replyOf(textDeltas('{"result": 42}'), { schema: strictSchema }),
    ).rejects.toMatchObject({
      code: 'bad-output',
      message: expect.stringMatching(/does not satisfy its schema/) as string,
    })
    expect((await replyOf(textDeltas('{"answer": 42}'), { schema: strictSchema })).text).toBe(
      '{"answer": 42}',
    )
  })

  it('loses the code fence around it', async () => {
    const deltas = textDeltas('``', '`json\n{"a"', ': 1}\n``', '`\n')
    expect((await replyOf(deltas, { schema })).text).toBe('{"a": 1}')
  })

  it('is refused together with reasoning, because the thought would have to be JSON', async () => {
    await expect(
      replyOf(textDeltas('{}'), { schema, reasoning: 'on', format: 'nemotron' }),
    ).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('a thought that nobody asked for', () => {
  const reasoningOff = { format: 'nemotron', reasoning: 'off' } as const
  const thoughtDeltas = [{ reasoning_content: 'so ' }, { reasoning_content: 'it is' }]

  it('is not shown', async () => {
    expect(await replyOf([...thoughtDeltas, ...textDeltas('yes')], reasoningOff)).toMatchObject({
      reasoning: '',
      text: 'yes',
    })
    expect(await replyOf(textDeltas('<think>so</think>', 'yes'), reasoningOff)).toMatchObject({
      reasoning: '',
      text: 'yes',
    })
  })

  it('is the answer where the model ended its reply and said nothing else', async () => {
    for (const deltas of [thoughtDeltas, textDeltas('<think>so it', ' is')])
      expect(await replyOf(deltas, reasoningOff)).toMatchObject({
        reasoning: '',
        text: 'so it is',
        finishReason: 'stop',
      })
    expect(
      await replyOf(thoughtDeltas, { ...reasoningOff, rawFinishReason: 'length' }),
    ).toMatchObject({
      text: '',
      finishReason: 'length',
    })
  })
})
