import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../../../../test/shared/shared-data.ts'
import { language } from '../../../chat/test/support/gbnf.ts'
import { automaton } from '../../src/grammar/automaton.ts'
import { parseGbnf } from '../../src/grammar/parse-gbnf.ts'
import { type Schema, toGrammar } from '../support/schema-grammar.ts'

/** Whether a text, as a whole, is in a grammar. */
function automatonLanguage(gbnf: string): (text: string) => boolean {
  const start = automaton(parseGbnf(gbnf))
  return (text) => {
    let state: typeof start | undefined = start
    for (const byte of new TextEncoder().encode(text)) state = state?.next[byte]
    return state?.isComplete ?? false
  }
}

/** The text without one of its characters, with one twice, and with one replaced. */
function changeText(text: string, at: number): readonly string[] {
  const characters = [...text]
  const character = characters[at % characters.length] ?? ''
  return [[], [character, character], ['"'], ['é'], ['0']].map((replacement) =>
    characters.toSpliced(at % characters.length, 1, ...replacement).join(''),
  )
}

describe('an automaton', () => {
  it.each([
    ['root ::= "ab" | "ac" | "a"', ['a', 'ab', 'ac', '', 'b', 'abc']],
    ['root ::= [a-c]{2,3} "x"?', ['ab', 'abc', 'abcx', 'a', 'abcd', 'xx']],
    ['root ::= ("a" | "b"*){2} "c"', ['c', 'ac', 'aac', 'bbac', 'abbc', 'aaac', 'ab']],
    ['root ::= [^é"]* | "é"', ['', 'aè日🙂', 'é', 'éé', 'aé', '"']],
    ['root ::= item ("," item)*\nitem ::= "[" root? "]" | "1"', ['1,[1,[]]', '[,]', '[[1]]', '[']],
    ['root ::= "a" root | "b"', ['b', 'aaab', 'aaa', 'ab b']],
    ['root ::= "a"{0} "b"{3,}', ['bbb', 'bbbbb', 'bb', 'abbb']],
  ])('of %s matches what llama.cpp matches', (gbnf, texts) => {
    const isInLanguage = language(gbnf)
    expect(texts.map(automatonLanguage(gbnf))).toEqual(texts.map((text) => isInLanguage(text)))
  })

  const { path, missing } = sharedData('schemas/maskbench.jsonl')
  const reason = missing ? ` [${missing}]` : ''
  it.skipIf(missing)(
    `of a real schema matches the instances that llama.cpp matches${reason}`,
    () => {
      const lines = readFileSync(path, 'utf8').trim().split('\n')
      const cases = lines
        .map((line) => JSON.parse(line) as { schema: Schema; tests: { data: unknown }[] })
        .filter((_, index) => index % 8 === 0)
      let matchCount = 0
      for (const [index, { schema, tests }] of cases.entries()) {
        const grammar = toGrammar(schema)
        const [isInLanguage, isInAutomaton] = [language(grammar), automatonLanguage(grammar)]
        for (const { data } of tests.slice(0, 2)) {
          const text = JSON.stringify(data)
          if (text.length > 2_000) continue
          for (const changedText of [
            text,
            ...changeText(text, index * 7),
            ...changeText(text, index),
          ]) {
            const isMatch = isInAutomaton(changedText)
            expect(isMatch, `${index} ${changedText}`).toBe(isInLanguage(changedText))
            if (isMatch) matchCount++
          }
        }
      }
      expect(matchCount).toBeGreaterThan(50)
    },
  )
  it('forgets states, and finds them again', () => {
    const isInLanguage = automatonLanguage('root ::= "a" unit{0,5000}\nunit ::= [b-d]')
    expect(isInLanguage(`a${'b'.repeat(5_000)}`)).toBe(true)
    expect(isInLanguage(`a${'b'.repeat(5_001)}`)).toBe(false)
    expect(isInLanguage('abcd')).toBe(true)
  })
  it('refuses a rule that begins with itself', () => {
    expect(() => automatonLanguage('root ::= root "a" | "b"')).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    )
  })
})
