import { readFileSync } from 'node:fs'
import { tokenPiece } from '@nano/chat/engine'
import { tokenizer, type Vocabulary, vocabulary } from '@nano/chat/tokenizer'
import { onnx } from '@nano/tiny'
import { describe, expect, it } from 'vitest'
import { grammarCompiler } from '../../src/grammar/grammar-compiler.ts'

const file: unknown = JSON.parse(readFileSync(`${onnx.transformers}/tokenizer.json`, 'utf8'))
const { tokenize, detokenize, controlTokenId, vocabularySize } = tokenizer({ tokenizer: file })
const endToken = controlTokenId('<|eot_id|>') ?? -1
const compiler = grammarCompiler({
  vocabulary: vocabulary({ tokenizer: file }),
  endTokens: [endToken],
})

/** The texts of the tokens that can follow a text; the token that ends a turn is `END`. */
function nextTexts(grammar: string, text: string): ReadonlySet<string> {
  const state = compiler.createState(grammar)
  for (const token of tokenize([{ text }])) state.acceptToken(token)
  const maskedLogits = state.maskLogits(new Float32Array(vocabularySize))
  return new Set(
    [...maskedLogits.keys()]
      .filter((token) => maskedLogits[token] !== -Infinity)
      .map((token) =>
        token === endToken ? 'END' : detokenize([token], { shownControlTokens: 'all' }),
      ),
  )
}

const encoder = new TextEncoder()

/** Those of `tokens`, a whole vocabulary, that can begin a text that must be one of `texts`. */
function firstTokens(tokens: readonly string[], texts: readonly string[]): readonly string[] {
  const size = tokens.length + 1
  const smallVocabulary: Vocabulary = {
    addedTokens: [],
    size,
    tokenCount: size,
    piece: (id) => tokenPiece(encoder.encode(tokens[id] ?? '<end>'), id === tokens.length),
  }
  const { createState } = grammarCompiler({
    vocabulary: smallVocabulary,
    endTokens: [tokens.length],
  })
  const state = createState(`root ::= ${texts.map((text) => JSON.stringify(text)).join(' | ')}`)
  const maskedLogits = state.maskLogits(new Float32Array(size))
  return tokens.filter((_, id) => maskedLogits[id] === 0)
}

describe('a grammar', () => {
  it('allows every token that it accepts, whatever the vocabulary', () => {
    expect(firstTokens(['a', 'aX', 'aaX'], ['aaX'])).toEqual(['a', 'aaX'])
    const letters = ['a', 'b', 'X']
    const texts = letters.flatMap((first) => [
      first,
      ...letters.flatMap((second) => [
        first + second,
        ...letters.map((third) => first + second + third),
      ]),
    ])
    for (let round = 0; round < 40; round++) {
      const tokens = texts.filter((_, index) => (index * 7 + round * 5) % 4 !== 0 || index < 1)
      const choices = [
        texts[(round * 11) % texts.length] ?? '',
        texts[(round * 17 + 5) % texts.length] ?? '',
      ]
      expect(firstTokens(tokens, choices), `${tokens.join(' ')}: ${choices.join(' or ')}`).toEqual(
        tokens.filter((token) => choices.some((text) => text.startsWith(token))),
      )
    }
  })
  it('lets the turn end where it is complete, and nowhere else', () => {
    expect(nextTexts('root ::= "12" | "125"', '')).toEqual(new Set(['1']))
    expect(nextTexts('root ::= "12" | "125"', '12')).toEqual(new Set(['5', 'END']))
    expect(nextTexts('root ::= "12" | "125"', '125')).toEqual(new Set(['END']))
  })
  it('never allows a control token', () => {
    const texts = nextTexts('root ::= [^a]*', 'x')
    expect(texts.size).toBeGreaterThan(300)
    expect([...texts].filter((text) => text.startsWith('<|'))).toEqual([])
    expect(texts.has('END')).toBe(true)
  })
  it('is over characters, which can have several tokens', () => {
    const matches = (grammar: string, text: string) => {
      try {
        return nextTexts(grammar, text).has('END')
      } catch {
        return false
      }
    }
    for (const [grammar, matchingText, otherTexts] of [
      ['root ::= [é日]', 'é日', 'èa\u65e4🙂'],
      ['root ::= [^é]', 'aè日🙂', 'é'],
      ['root ::= [à-ü]', 'àéü', 'aýß日'],
      ['root ::= [^\\U00010000-\\U0010FFFF]', 'aé日\uffff', '🙂\u{10ffff}'],
      ['root ::= .', 'aé日🙂\n', ''],
    ] as const) {
      for (const character of matchingText)
        expect(matches(grammar, character), `${grammar} ${character}`).toBe(true)
      for (const character of otherTexts)
        expect(matches(grammar, character), `${grammar} ${character}`).toBe(false)
    }
  })
  it('refuses a token that it does not allow', () => {
    const state = compiler.createState('root ::= "1"')
    expect(() => state.acceptToken(tokenize([{ text: '2' }])[0] ?? 0)).toThrow(/does not accept/)
  })
  it('keeps working while more grammars are used than are kept', () => {
    const states = Array.from({ length: 20 }, (_, index) =>
      compiler.createState(`root ::= "${index % 10}"`),
    )
    for (const [index, state] of states.entries()) {
      const maskedLogits = state.maskLogits(new Float32Array(vocabularySize))
      expect(maskedLogits[tokenize([{ text: String(index % 10) }])[0] ?? 0]).toBe(0)
    }
  })
})
