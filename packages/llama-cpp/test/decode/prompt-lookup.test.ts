import { expect, it } from 'vitest'
import { promptLookup } from '../../src/decode/prompt-lookup.ts'
import type { Token } from '../../src/runtime.ts'

const tokens = (text: string) => [...text].map((character) => character.charCodeAt(0) as Token)
const text = (tokens: readonly Token[]) => String.fromCharCode(...tokens)

it('guesses what followed the last three tokens before', () => {
  expect(text(promptLookup().guess(tokens('the cat sat. the '), 9))).toBe('cat ')
  expect(text(promptLookup().guess(tokens('abcd abce abc'), 9))).toBe('e ab')
})

it('guesses nothing where the last tokens never stood before', () => {
  for (const text of ['', 'ab', 'abc', 'abcdefg', 'abcxbc'])
    expect(promptLookup().guess(tokens(text), 9), text).toEqual([])
})

it('guesses at most as many tokens as asked for', () => {
  const sequence = tokens('the cat sat. the ')
  expect(promptLookup().guess(sequence, 2)).toHaveLength(2)
  expect(promptLookup().guess(sequence, 0)).toEqual([])
})

it('guesses more after a right guess, and less after a wrong one', () => {
  const lookup = promptLookup()
  const sequence = tokens(`${'abcdefghijklmnopqrstuvwxyz'.repeat(2)}abc`)
  const length = () => lookup.guess(sequence, 99).length
  expect(length()).toBe(4)
  lookup.learn(4, 4)
  expect(length()).toBe(8)
  for (let round = 0; round < 4; round++) lookup.learn(8, 8)
  expect(length()).toBe(15)
  lookup.learn(15, 2)
  expect(length()).toBe(3)
  lookup.learn(3, 0)
  expect(length()).toBe(1)
})

it('compares the tokens of a place whose text has changed since', () => {
  const lookup = promptLookup()
  lookup.guess(tokens('one two three four'), 9)
  expect(text(lookup.guess(tokens('one two thrXe four thr'), 9))).toBe('Xe f')
})
