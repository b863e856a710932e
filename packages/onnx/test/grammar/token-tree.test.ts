import { expect, it } from 'vitest'
import { automaton } from '../../src/grammar/automaton.ts'
import { parseGbnf } from '../../src/grammar/parse-gbnf.ts'
import { hasToken } from '../../src/grammar/token-mask.ts'
import { tokenFinder } from '../../src/grammar/token-tree.ts'

/** The indices of the texts that lead on from the start of a grammar. */
function findTokens(texts: readonly string[], gbnf: string): readonly number[] {
  const find = tokenFinder(texts.map((text) => new Uint8Array(Buffer.from(text))))
  const mask = find(automaton(parseGbnf(gbnf)))
  return [...texts.keys()].filter((token) => hasToken(mask, token))
}

it('finds the tokens that begin a text of a grammar', () => {
  const texts = ['abc', 'b', '', 'ab', 'a', 'abd', 'ba', 'é', '日']
  expect(findTokens(texts, 'root ::= "abcd"')).toEqual([0, 3, 4])
  expect(findTokens(texts, 'root ::= "a" | "b"')).toEqual([1, 4])
  expect(findTokens(texts, 'root ::= [^a]*')).toEqual([1, 7, 8])
  expect(findTokens(texts, 'root ::= "z"')).toEqual([])
  expect(findTokens([], 'root ::= "z"')).toEqual([])
})
it('finds each of several tokens of the same bytes', () => {
  expect(findTokens(['a', 'ab', 'a', 'b', 'ab'], 'root ::= "ab"')).toEqual([0, 1, 2, 4])
})
it('finds parts of characters', () => {
  const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)]
  const find = tokenFinder([first, second, Buffer.from('é')])
  const start = automaton(parseGbnf('root ::= "é"'))
  const tokensOf = (state: typeof start) => {
    const mask = find(state)
    return [0, 1, 2].filter((token) => hasToken(mask, token))
  }
  expect(tokensOf(start)).toEqual([0, 2])
  expect(tokensOf(start.next[0xc3] ?? start)).toEqual([1])
})
