import { Model } from '@nano/core'
import { conformance } from '@nano/core/conformance'
import { describe, expect, it } from 'vitest'
import { formats } from '../../src/index.ts'
import { chat } from '../../src/engine/index.ts'
import { nemotron } from '../../src/formats/nemotron.ts'
import { parrot } from '../support/parrot.ts'

const story =
  ' there was a <think> of two\n</think><tool_call>{"name": "a"}</tool_call> STOP, and so on.'
const engine = () => ({ ...parrot({ says: () => story }), bosToken: '<s>' })

describe('an engine without a chat format', async () => {
  await conformance(it, () => new Model(chat(engine())))
  await conformance(it, () => new Model(chat(parrot({ says: () => story }))))

  it('refuses a conversation, and says how to complete a text', async () => {
    const model = new Model(chat(engine()))
    expect(model.info).not.toHaveProperty('format')
    expect(model.capabilities).toMatchObject({ chat: false, completion: true, reasoning: 'never' })
    for (const work of [model.generate('hi'), model.countTokens('hi'), model.render('hi')])
      await expect(work).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(
          /^parrot does not support chat: .* no chat template .* generate\(\{ prompt \}\)/,
        ) as string,
      })
  })
})

describe.each(Object.values(formats))(
  'a model with the format $name completes a text',
  (format) => {
    const model = new Model(chat(engine(), format))

    it('as it stands, behind the token that starts every text', async () => {
      const { text, tokens } = await model.render({ prompt: '<s>Once' })
      expect(text).toBe('<s><s>Once')
      expect(tokens.slice(1)).toEqual(await model.tokenize('<s>Once'))
    })

    it('and all that follows is text, up to a stop string', async () => {
      expect(await model.generate({ prompt: 'Once', stop: ['STOP'] })).toMatchObject({
        reasoning: '',
        text: story.slice(0, story.indexOf('STOP')),
        toolCalls: [],
        finishReason: 'stop',
        usage: { input: 5, output: story.indexOf('STOP') + 4 },
      })
      expect(await model.generate({ prompt: 'Once' })).toMatchObject({ text: story })
    })
  },
)

it('the makers of a model give no advice for a text to complete', async () => {
  const log: string[] = []
  const model = new Model(chat(parrot({ says: () => story, log }), nemotron))
  await model.generate({ prompt: 'Once' })
  await model.generate({ prompt: 'Once', sampling: { topP: 0.5 } })
  expect(log.filter((line) => line.startsWith('{'))).toEqual(['{}', '{"topP":0.5}'])
})
