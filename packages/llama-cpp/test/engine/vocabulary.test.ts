import { expect, it } from 'vitest'
import { vocabulary } from '../../src/engine/vocabulary.ts'
import type { LlamaModel, Token } from '../../src/runtime.ts'

const pieces = ['▁', '▁is', '▁Paris', '.', '<turn>']
const control = pieces.indexOf('<turn>')

function reply(prompt: readonly number[], ...tokens: readonly number[]): string {
  const { decoder } = vocabulary({
    model: {} as LlamaModel,
    ggufVocabulary: {
      model: 'llama',
      tokens: pieces,
      token_type: pieces.map((_, token) => (token === control ? 3 : 1)),
    },
    name: 'a model',
    format: 'plain text',
  })
  const replyTokens: Token[] = []
  const tokenDecoder = decoder({ shownControlTokens: [], prompt: prompt as Token[], replyTokens })
  const texts = (tokens as Token[]).map((token) => {
    replyTokens.push(token)
    return tokenDecoder.push(token)
  })
  return texts.join('') + tokenDecoder.end()
}

const [space, is, paris, dot] = [0, 1, 2, 3]

it('what goes on in a text keeps the space before its first word', () => {
  expect(reply([is, is], paris, dot, is)).toBe(' Paris. is')
  expect(reply([is, space], paris)).toBe(' Paris')
})

it('what follows a control token alone begins without one', () => {
  expect(reply([control], paris, is)).toBe('Paris is')
})
