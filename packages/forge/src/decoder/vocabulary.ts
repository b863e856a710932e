import { NanoError } from '@nano/core'
import { byteCharacters } from './byte-characters.ts'

/** A byte-pair vocabulary as a file has it. */
export interface Vocabulary {
  /** By id. Each byte is written as one character, as GPT-2 does. */
  readonly tokens: readonly string[]
  /** The first control token. From here on all are control tokens, which text cannot write. */
  readonly firstControl: number
  /** `left right`, in the order in which they are merged. */
  readonly merges: readonly string[]
  readonly bos: number
  readonly eos: number
}

/** Llama 3.1's control tokens, from `<|begin_of_text|>` on. Those without a use have numbers. */
export const llama3Controls: readonly string[] = [
  'begin_of_text',
  'end_of_text',
  'reserved_special_token_0',
  'reserved_special_token_1',
  'finetune_right_pad_id',
  'reserved_special_token_2',
  'start_header_id',
  'end_header_id',
  'eom_id',
  'eot_id',
  'python_tag',
  ...Array.from({ length: 245 }, (_, index) => `reserved_special_token_${index + 3}`),
].map((name) => `<|${name}|>`)

/**
 * A vocabulary of any size from 267, for shapes without a tokenizer file: every byte, made-up
 * words, and the first 11 of Llama 3's control tokens. It tokenizes text byte by byte, except where
 * a word of the text is one of the made-up words.
 */
export function madeUpVocabulary(size: number): Vocabulary {
  const controls = llama3Controls.slice(0, 11)
  const firstControl = size - controls.length
  if (!Number.isSafeInteger(size) || firstControl < 256)
    throw new NanoError(
      'invalid-request',
      `forge: a made-up vocabulary of ${size} tokens has no room for 256 bytes ` +
        `and ${controls.length} control tokens. Give 267 or more.`,
    )
  const words = Array.from({ length: firstControl - 256 }, (_, index) => createWord(index))
  return {
    tokens: [...byteCharacters, ...words, ...controls],
    firstControl,
    merges: [],
    bos: firstControl,
    eos: firstControl + 1,
  }
}

const consonants = 'bcdfghjklmnpqrstvwxz'
const vowels = 'aeiou'

/** Creates a space and syllables, the shortest words first. No two words are the same. */
function createWord(index: number): string {
  const syllables = ['']
  for (let remainder = index + 100; remainder >= 1; remainder = Math.floor(remainder / 100))
    syllables.unshift(
      `${consonants[Math.floor((remainder % 100) / 5)] ?? ''}${vowels[remainder % 5] ?? ''}`,
    )
  return `Ġ${syllables.join('')}`
}
