import { describe, expect, it } from 'vitest'
import { expected, referenceFiles, toPrompt } from './reference.ts'

/** The normalizer prepends a space, and the reference then reads `<norm>` only after one. */
const readsAfterSpaces = (name: string, prompt: readonly string[]) =>
  name.includes('Prepend') && prompt.includes('<norm>')

describe.each(referenceFiles)('$name', ({ name, file, tokenizer, ids, promptIds }) => {
  const decode = (tokens: readonly number[]) =>
    tokenizer.detokenize(tokens, { shownControlTokens: 'all' })
  const decodeEach = (tokens: readonly number[], previousToken?: number) => {
    const decoder = tokenizer.decoder({ shownControlTokens: 'all', previousToken })
    return tokens.map((token) => decoder.push(token)).join('') + decoder.end()
  }

  it(`gives the ids of ${expected.madeBy} for ${expected.texts.length} texts`, () => {
    for (const [index, text] of expected.texts.entries())
      expect(tokenizer.tokenize([{ text }]).join(' '), JSON.stringify(text)).toBe(ids[index])
  })
  it('gives the ids of whole prompts, with the blanks that control tokens take', () => {
    for (const [index, parts] of expected.prompts.entries())
      if (!readsAfterSpaces(name, parts))
        expect(tokenizer.tokenize(toPrompt(parts)).join(' '), JSON.stringify(parts)).toBe(
          promptIds[index],
        )
  })
  it('makes every control segment a control token', () => {
    for (const { content, id } of file.added_tokens)
      expect(tokenizer.tokenize([{ text: 'a' }, { control: content }, { text: 'a' }])).toContain(id)
  })
  it('gives the same text token by token, and the same in two parts', () => {
    for (const text of expected.texts) {
      const tokens = tokenizer.tokenize([{ text }])
      expect(decodeEach(tokens), JSON.stringify(text)).toBe(decode(tokens))
      const middle = tokens.length >> 1
      const [start, end] = [tokens.slice(0, middle), tokens.slice(middle)]
      if (!/\uFFFD/.test(decode(start) + decode(end)))
        expect(decode(start) + decodeEach(end, start.at(-1)), JSON.stringify(text)).toBe(
          decode(tokens),
        )
    }
  })
})

/** Texts in which the tokenizer takes no blanks, and no space is written as it writes spaces. */
const plainTexts = expected.texts.filter((text) => !/▁|<Left>/.test(text))

describe('a text comes back, but for what the tokenizer loses:', () => {
  it.each([
    { name: 'Qwen', change: (text: string) => text.normalize('NFC'), loses: 'marks apart' },
    { name: 'Llama 3', loses: 'nothing' },
    { name: 'Llama 2: SentencePiece, Prepend', loses: 'nothing' },
    { name: 'Llama 2: SentencePiece, Metaspace first', loses: 'the first of two spaces' },
    { name: 'Gemma', loses: 'nothing' },
  ])('$name, which loses $loses', ({ name, change, loses }) => {
    const { tokenizer } = findFile(name)
    const texts = plainTexts.filter((text) => !(loses.includes('spaces') && text.startsWith(' ')))
    expect(texts.length).toBeGreaterThan(200)
    for (const text of texts) {
      const tokens = tokenizer.tokenize([{ text }])
      expect(tokenizer.detokenize(tokens, { shownControlTokens: [] })).toBe(change?.(text) ?? text)
    }
  })
  it('and half a character becomes U+FFFD', () => {
    const { tokenizer } = findFile('Llama 3')
    const tokens = tokenizer.tokenize([{ text: 'a\uD83D' }])
    expect(tokenizer.detokenize(tokens, { shownControlTokens: [] })).toBe('a\uFFFD')
  })
})

describe('a space before the first word', () => {
  const names = ['Llama 2: SentencePiece, Prepend', 'Llama 2: SentencePiece, Metaspace first']
  const replyAfter = (name: string, prompt: readonly string[]) => {
    const { tokenizer } = findFile(name)
    const previousToken = tokenizer.tokenize(toPrompt(prompt)).at(-1)
    const tokens = findFile('Gemma').tokenizer.tokenize([{ text: ' hello' }])
    const decoder = tokenizer.decoder({ shownControlTokens: [], previousToken })
    return tokens.map((token) => decoder.push(token)).join('') + decoder.end()
  }

  it.each(referenceFiles)('that the tokenizer added goes again: $name', ({ tokenizer }) => {
    const tokens = tokenizer.tokenize([{ text: 'hello' }])
    expect(tokenizer.detokenize(tokens, { shownControlTokens: [] })).toBe('hello')
  })
  it('stays where the tokens continue a text', () => {
    for (const name of [...names, 'Mistral', 'Gemma'])
      expect(replyAfter(name, ['hello']), name).toBe(' hello')
  })
  it('goes after a control token only where the tokenizer adds it there', () => {
    const reply = (name: string) => replyAfter(name, ['hello', '<|end|>', ''])
    expect(reply('Llama 2: SentencePiece, Prepend')).toBe('hello')
    expect(reply('Mistral')).toBe('hello')
    expect(reply('Llama 2: SentencePiece, Metaspace first')).toBe(' hello')
    expect(reply('Gemma')).toBe(' hello')
  })
  it('comes back in prompts too', () => {
    const prompt = ['', '<|begin|>', 'hello', '<|end|>', ' hello']
    const { tokenizer } = findFile('Llama 2: SentencePiece, Prepend')
    expect(
      tokenizer.detokenize(tokenizer.tokenize(toPrompt(prompt)), { shownControlTokens: 'all' }),
    ).toBe(prompt.join(''))
  })
})

function findFile(start: string) {
  return (
    referenceFiles.find(({ name }) => name.startsWith(start)) ?? expect.fail(`no file ${start}`)
  )
}
