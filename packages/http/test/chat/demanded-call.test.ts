import { describe, expect, it } from 'vitest'
import { chunk, sse, usageChunk } from '../fake-server.ts'
import { describedServer } from '../fixture-server.ts'
import { openModel } from '../open-model.ts'
import { replyOf, textDeltas } from './reply-of.ts'

const tools = [
  {
    name: 'add',
    parameters: { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
  },
  { name: 'now', parameters: { type: 'object' } },
]
const callDelta = (name: string, input: string) => ({
  tool_calls: [{ index: 0, id: 'a', function: { name, arguments: input } }],
})

describe('a call that toolChoice demands', () => {
  it.each([
    ['no call', { name: 'add' }, textDeltas('It is 5.'), /calls no tool, and had to call add$/],
    ['no call at all', 'required', textDeltas('5'), /calls no tool, and had to call add or now$/],
    ['another call', { name: 'add' }, [callDelta('now', '{}')], /calls now, and had to call add$/],
    ['an unknown call', 'required', [callDelta('sub', '{}')], /calls sub/],
    ['other arguments', 'required', [callDelta('add', '{"a": "1"}')], /the input of a call of add/],
    ['no arguments', { name: 'add' }, [callDelta('add', '')], /the input of a call of add/],
  ] as const)(
    'rejects with bad-output where the server sends %s for %j',
    async (_, toolChoice, deltas, message) => {
      await expect(replyOf(deltas, { tools, toolChoice })).rejects.toMatchObject({
        code: 'bad-output',
        message: expect.stringMatching(message) as string,
      })
    },
  )

  it('is given where it comes as it should, and where the reply was cut', async () => {
    const toolChoice = { name: 'add' }
    expect(await replyOf([callDelta('add', '{"a": 1}')], { tools, toolChoice })).toMatchObject({
      toolCalls: [{ name: 'add', input: { a: 1 } }],
      finishReason: 'tool-calls',
    })
    expect(
      await replyOf(textDeltas('5'), { tools, toolChoice, rawFinishReason: 'length' }),
    ).toMatchObject({ finishReason: 'length' })
  })

  it('is demanded of llama-server as the only tool, because it ignores a name', async () => {
    const answer = sse(chunk(callDelta('add', '{"a": 1}')), chunk({}, 'tool_calls'), usageChunk)
    const server = await describedServer('llama-server', answer)
    const model = await openModel({ url: server.url, mode: 'chat', format: 'chatml' })
    await model.generate({ messages: 'hi', tools, toolChoice: { name: 'add' } })
    expect(server.requests.at(-1)?.body).toMatchObject({
      tools: [{ type: 'function', function: { name: 'add' } }],
      tool_choice: 'required',
    })
    await server.close()
  })
})
