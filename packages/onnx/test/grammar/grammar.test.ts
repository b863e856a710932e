import { readFileSync } from 'node:fs'
import { tokenizer, type Vocabulary, vocabulary } from '@nano/chat/tokenizer'
import { onnx } from '@nano/tiny'
import { describe, expect, it } from 'vitest'
import { grammars } from '../../src/grammar/grammar.ts'

const file: unknown = JSON.parse(readFileSync(`${onnx.transformers}/tokenizer.json`, 'utf8'))
const words = tokenizer({ tokenizer: file })
const end = words.controlTokenId('<|eot_id|>') ?? -1
const made = await grammars({ vocabulary: vocabulary({ tokenizer: file }), ends: [end] })

/** What may come after a text, by its texts; the token that ends a turn is `END`. */
async function after(grammar: string, text: string): Promise<ReadonlySet<string>> {
  const state = await made.begin(grammar)
  for (const token of words.tokenize([{ text }])) state.accept(token)
  const allowed = await state.allowed(new Float32Array(words.vocabularySize))
  state.dispose()
  return new Set(
    [...allowed.keys()]
      .filter((token) => allowed[token] !== -Infinity)
      .map((token) =>
        token === end ? 'END' : words.detokenize([token], { showControlTokens: true }),
      ),
  )
}

const bytes = new TextEncoder()

/** Which of some tokens may begin a text that has to be one of `texts`. */
async function beginnings(
  tokens: readonly string[],
  texts: readonly string[],
): Promise<readonly string[]> {
  const pieces: Vocabulary = {
    addedTokens: [],
    size: tokens.length + 1,
    tokenCount: tokens.length + 1,
    piece: (id: number) => ({
      bytes: bytes.encode(tokens[id] ?? '<end>'),
      isControl: id === tokens.length,
    }),
  }
  const state = await (
    await grammars({ vocabulary: pieces, ends: [tokens.length] })
  ).begin(`root ::= ${texts.map((text) => JSON.stringify(text)).join(' | ')}`)
  const allowed = await state.allowed(new Float32Array(tokens.length + 1))
  state.dispose()
  return tokens.filter((_, id) => allowed[id] === 0)
}

describe('a grammar', () => {
  it('allows every token that it would take, of any vocabulary', async () => {
    expect(await beginnings(['a', 'aX', 'aaX'], ['aaX'])).toEqual(['a', 'aaX'])
    const letters = ['a', 'b', 'X']
    const words = letters.flatMap((one) => [
      one,
      ...letters.flatMap((two) => [one + two, ...letters.map((three) => one + two + three)]),
    ])
    for (let round = 0; round < 40; round++) {
      const tokens = words.filter((_, index) => (index * 7 + round * 5) % 4 !== 0 || index < 1)
      const texts = [
        words[(round * 11) % words.length] ?? '',
        words[(round * 17 + 5) % words.length] ?? '',
      ]
      expect(await beginnings(tokens, texts), `${tokens.join(' ')}: ${texts.join(' or ')}`).toEqual(
        tokens.filter((token) => texts.some((text) => text.startsWith(token))),
      )
    }
  })
  it('lets the turn end where it is complete, and nowhere else', async () => {
    expect(await after('root ::= "12" | "125"', '')).toEqual(new Set(['1']))
    expect(await after('root ::= "12" | "125"', '12')).toEqual(new Set(['5', 'END']))
    expect(await after('root ::= "12" | "125"', '125')).toEqual(new Set(['END']))
  })
  it('never allows a control token, however free it is', async () => {
    const allowed = await after('root ::= [^a]*', 'x')
    expect(allowed.size).toBeGreaterThan(300)
    expect([...allowed].filter((text) => text.startsWith('<|'))).toEqual([])
    expect(allowed.has('END')).toBe(true)
  })
  it('is over characters, which may be of several tokens', async () => {
    const holds = async (grammar: string, text: string) =>
      (await after(grammar, text).catch(() => new Set())).has('END')
    for (const [grammar, yes, no] of [
      ['root ::= [é日]', 'é日', 'èa\u65e4🙂'],
      ['root ::= [^é]', 'aè日🙂', 'é'],
      ['root ::= [à-ü]', 'àéü', 'aýß日'],
      ['root ::= [^\\U00010000-\\U0010FFFF]', 'aé日\uffff', '🙂\u{10ffff}'],
      ['root ::= .', 'aé日🙂\n', ''],
    ] as const) {
      for (const character of yes)
        expect(await holds(grammar, character), `${grammar} ${character}`).toBe(true)
      for (const character of no)
        expect(await holds(grammar, character), `${grammar} ${character}`).toBe(false)
    }
  })
  it('of which the library can make nothing is an error, and others go on', async () => {
    await expect(made.begin('root ::= nowhere')).rejects.toMatchObject({ code: 'unsupported' })
    const many = Array.from({ length: 300 }, (_, index) => `r${index} ::= "${index}"\n`).join('')
    await expect(made.begin(`root ::= r0\n${many}`)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/301.*256/),
    })
    expect(await after('root ::= "1"', '')).toEqual(new Set(['1']))
  })
  it('refuses a token that it did not allow', async () => {
    const state = await made.begin('root ::= "1"')
    expect(() => state.accept(words.tokenize([{ text: '2' }])[0] ?? 0)).toThrow(
      /did not|does not go on/,
    )
    state.dispose()
  })
  it('is compiled once, and more of them than are kept go on working', async () => {
    const states = await Promise.all(
      Array.from({ length: 20 }, (_, index) => made.begin(`root ::= "${index % 10}"`)),
    )
    for (const [index, state] of states.entries()) {
      const allowed = await state.allowed(new Float32Array(words.vocabularySize))
      expect(allowed[words.tokenize([{ text: String(index % 10) }])[0] ?? 0]).toBe(0)
      state.dispose()
    }
  })
})
