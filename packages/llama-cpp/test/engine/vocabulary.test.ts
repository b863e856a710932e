import { expect, it } from 'vitest'
import { vocabulary } from '../../src/engine/vocabulary.ts'
import type { LlamaModel, Token } from '../../src/runtime.ts'

const pieces = ['▁', '▁is', '▁Paris', '.', '<turn>']
const control = pieces.indexOf('<turn>')

/** As the runtime reads SentencePiece: a text loses the space before its first word. */
function detokenize(
  tokens: readonly number[],
  showsControl = false,
  before: readonly number[] = [],
) {
  const toText = (ids: readonly number[]) =>
    ids
      .filter((id) => showsControl || id !== control)
      .map((id) => pieces[id])
      .join('')
      .replaceAll('▁', ' ')
      .replace(/^ /, '')
  const context = toText(before)
  return context ? toText([...before, ...tokens]).slice(context.length) : toText(tokens)
}

function reply(prompt: readonly number[], ...tokens: readonly number[]): string {
  const { decoder } = vocabulary({
    model: { detokenize } as unknown as LlamaModel,
    ggufVocabulary: { model: 'llama' },
    name: 'a model',
    format: 'plain text',
  })
  const sampled: Token[] = []
  const decoding = decoder({ showControlTokens: false, prompt: prompt as Token[], sampled })
  const texts = (tokens as Token[]).map((token) => {
    sampled.push(token)
    return decoding.push(token)
  })
  return texts.join('') + decoding.end()
}

const [space, is, paris, dot] = [0, 1, 2, 3]

it('what goes on in a text keeps the space before its first word', () => {
  expect(reply([is, is], paris, dot, is)).toBe(' Paris. is')
  expect(reply([is, space], paris)).toBe(' Paris')
})

it('what follows a control token alone begins without one', () => {
  expect(reply([control], paris, is)).toBe('Paris is')
})
