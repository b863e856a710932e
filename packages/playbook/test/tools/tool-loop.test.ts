import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { generateWithTools, streamWithTools, tool, type ToolLoopPart } from '../../src/index.ts'
import { call, double, modelThatCalls, request } from '../support/tool-calls.ts'

describe('a conversation with tools', () => {
  it('goes on with the results of its calls until the model answers', async () => {
    const { model } = modelThatCalls(
      [call('a', 'double', { value: 4 })],
      [call('b', 'double', { value: 8 })],
    )
    const result = await generateWithTools(model, request)
    expect(result).toMatchObject({
      text: '[16]',
      endedBy: 'answer',
      calls: [
        { id: 'a', name: 'double', input: { value: 4 }, output: 8 },
        { id: 'b', output: 16 },
      ],
    })
    expect(result.replies).toHaveLength(3)
    expect(result.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
      'assistant',
      'tool',
      'assistant',
    ])
    // What the model reads next time is what it wrote.
    expect(result.messages[1]).toMatchObject({ reasoning: 'hm', toolCalls: [{ id: 'a' }] })
    const sums = result.replies.map(({ usage }) => usage.output!)
    expect(result.usage.output).toBe(sums.reduce((sum, count) => sum + count))
  })

  it('gives the parts of all rounds, and the results of calls as they are there', async () => {
    const { model } = modelThatCalls([
      call('slow', 'wait', { milliseconds: 30 }),
      call('fast', 'wait', { milliseconds: 0 }),
    ])
    const parts: ToolLoopPart[] = []
    for await (const part of streamWithTools(model, request)) parts.push(part)
    expect(parts.map((part) => ('id' in part ? `${part.type} ${part.id}` : part.type))).toEqual([
      'reasoning',
      'tool-call slow',
      'tool-call fast',
      'finish',
      'tool-result fast',
      'tool-result slow',
      'reasoning',
      'text',
      'finish',
    ])
  })

  it('runs as many calls at once as it is told, and tells their results in order', async () => {
    const counts = { running: 0, most: 0 }
    const count = tool({
      name: 'count',
      parameters: z.object({ place: z.number() }),
      async execute({ place }) {
        counts.most = Math.max(counts.most, ++counts.running)
        await setTimeout(5 - place)
        counts.running--
        return place
      },
    })
    const calls = [0, 1, 2, 3, 4].map((place) => call(`${place}`, 'count', { place }))
    const { model } = modelThatCalls(calls)
    const result = await generateWithTools(
      model,
      { messages: 'Count', tools: [count] },
      { parallelCalls: 2 },
    )
    expect(counts.most).toBe(2)
    expect(result.text).toBe('[0,1,2,3,4]')
    expect(result.calls.map(({ id }) => id)).toEqual(['0', '1', '2', '3', '4'])
  })

  it('parses inputs by the schema of the tool, and the answer by that of the request', async () => {
    const square = tool({
      name: 'square',
      parameters: z.object({ value: z.string().transform(Number) }),
      execute: ({ value }) => value ** 2,
    })
    const { model } = modelThatCalls([call('a', 'square', { value: '7' })])
    const schema = z.array(z.number())
    const { object } = await generateWithTools(model, {
      messages: 'Square 7',
      tools: [square],
      schema,
    })
    expect(object?.[0]).toBe(49)
  })

  it('demands a call in the first reply alone', async () => {
    const { model, requests } = modelThatCalls([call('a', 'double', { value: 1 })])
    await generateWithTools(model, { ...request, toolChoice: 'required' })
    expect(requests.map(({ toolChoice }) => toolChoice)).toEqual(['required', undefined])
  })
})

describe('a conversation with tools ends', () => {
  const endless = () =>
    modelThatCalls(
      ...Array.from({ length: 20 }, (_, round) => [
        call(`a${round}`, 'double', { value: round }),
        call(`b${round}`, 'double', { value: round }),
      ]),
    )

  it.each([
    ['rounds', { maxRounds: 3 }, 3],
    ['calls', { maxCalls: 5 }, 3],
    ['tokens', { tokenLimit: 500 }, 2],
  ] as const)(
    'at its limit of %s, with a result for each call',
    async (endedBy, options, count) => {
      const { model, requests } = endless()
      const result = await generateWithTools(model, request, options)
      expect(result).toMatchObject({ endedBy, text: '' })
      expect(requests).toHaveLength(count)
      expect(result.calls).toHaveLength(2 * count)
      expect(result.calls.at(-1)).toMatchObject({
        duration: 0,
        error: expect.stringMatching(/limit of/),
      })
      // The conversation can go on from there.
      await model.generate({ messages: [...result.messages, { role: 'user', content: 'And?' }] })
    },
  )

  it('at no limit that is longer than a timer can be', async () => {
    const { model } = modelThatCalls([call('a', 'wait', { milliseconds: 5 })])
    const limits = { timeLimit: 1e12, callTimeout: 1e12 }
    const { endedBy, calls } = await generateWithTools(model, request, limits)
    expect([endedBy, calls[0]?.output]).toEqual(['answer', 'waited 5 ms'])
  })

  it('at its time limit, with what it has', async () => {
    const { model } = modelThatCalls([
      call('fast', 'double', { value: 2 }),
      call('slow', 'wait', { milliseconds: 9_999 }),
    ])
    const result = await generateWithTools(model, request, { timeLimit: 50 })
    expect(result).toMatchObject({
      endedBy: 'time',
      calls: [{ output: 4 }, { id: 'slow', error: expect.stringMatching(/time/) }],
    })
  })

  it('on abort, with its reason, and ends the calls', async () => {
    const signals: AbortSignal[] = []
    const listen = tool({
      name: 'listen',
      parameters: {},
      execute: (_input, { signal }) => {
        signals.push(signal)
        return new Promise(() => {})
      },
    })
    const abort = new AbortController()
    const { model } = modelThatCalls([call('a', 'listen', {}), call('b', 'listen', {})])
    const work = generateWithTools(
      model,
      { messages: 'Go', tools: [listen] },
      { signal: abort.signal },
    )
    while (signals.length < 2) await setTimeout(1)
    abort.abort('enough')
    await expect(work).rejects.toBe('enough')
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
  })

  it('where the loop is left, and ends the calls', async () => {
    let callSignal: AbortSignal | undefined
    const listen = tool({
      name: 'listen',
      parameters: {},
      execute: (_input, { signal }) => {
        callSignal = signal
        return new Promise(() => {})
      },
    })
    const { model } = modelThatCalls([call('a', 'double', { value: 1 }), call('b', 'listen', {})])
    const parts = streamWithTools(model, { messages: 'Go', tools: [double, listen] })
    for await (const part of parts) if (part.type === 'tool-result') break
    expect(callSignal?.aborted).toBe(true)
  })

  it('with what approve throws', async () => {
    const { model } = modelThatCalls([
      call('a', 'double', { value: 1 }),
      call('b', 'double', { value: 2 }),
    ])
    const approve = () => {
      throw new RangeError('nobody is there')
    }
    await expect(generateWithTools(model, request, { approve })).rejects.toThrow('nobody is there')
  })

  it('before any work, where a tool cannot be run, or a reply is to be continued', async () => {
    const { model, requests } = endless()
    const { name, parameters } = double
    const unfinished = [{ name, parameters }] as never
    await expect(generateWithTools(model, { ...request, tools: unfinished })).rejects.toThrow(
      'tools[0] has no function execute',
    )
    const hasty = [{ ...double, timeout: 0 }]
    await expect(generateWithTools(model, { ...request, tools: hasty })).rejects.toThrow('above 0')
    const messages = [
      { role: 'user', content: 'How much?' },
      { role: 'assistant', content: 'It is', continue: true },
    ] as const
    await expect(generateWithTools(model, { ...request, messages })).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining('cannot be continued'),
    })
    expect(requests).toEqual([])
  })

  it('before any work, where an option is not valid', async () => {
    const { model, requests } = endless()
    await expect(generateWithTools(model, request, { maxRounds: 0 })).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(/tools: the options are not valid[\s\S]*maxRounds/),
    })
    expect(requests).toEqual([])
  })
})
