import { NanoError } from '@nano/core'
import type { GgufValue } from './gguf.ts'

/** A byte-pair vocabulary as a file keeps it. */
export interface Vocabulary {
  /** By id; each byte is written as one character, as GPT-2 does. */
  readonly tokens: readonly string[]
  /** The first id that text cannot write; control tokens go on to the end. */
  readonly firstControl: number
  /** `left right`, the first merged first. */
  readonly merges: readonly string[]
  readonly bos: number
  readonly eos: number
}

/** Llama 3.1's control tokens, from `<|begin_of_text|>` on; those without a use have numbers. */
const llama3Controls: readonly string[] = [
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
 * The vocabulary of Llama 3's `tokenizer.model`, whose lines are a token in Base64 and its rank;
 * Nemotron Nano 4B and 8B have it too. Merges, which that file leaves out, are every way to put a
 * token together from two others. Throws `invalid-request` for another kind of file.
 */
export function llama3Vocabulary(rankFile: Uint8Array): Vocabulary {
  const ranks = readRanks(rankFile)
  const text = (bytes: string) =>
    Array.from(bytes, (byte) => byteCharacters[byte.charCodeAt(0)]).join('')
  const merges: string[] = []
  for (const token of ranks.keys()) {
    for (const [left, right] of splits(token, ranks)) merges.push(`${text(left)} ${text(right)}`)
  }
  const firstControl = ranks.size
  return {
    tokens: [...Array.from(ranks.keys(), text), ...llama3Controls],
    firstControl,
    merges,
    bos: firstControl,
    eos: firstControl + 1,
  }
}

/**
 * A vocabulary of any size from 267 for shapes without a file of their own: every byte, made-up
 * words, and the first 11 of Llama 3's control tokens. Text is tokenised byte by byte, save where a
 * word happens to be one of them.
 */
export function madeUpVocabulary(size: number): Vocabulary {
  const controls = llama3Controls.slice(0, 11)
  const firstControl = size - controls.length
  if (!Number.isSafeInteger(size) || firstControl < 256)
    throw new NanoError(
      'invalid-request',
      `forge: a made-up vocabulary of ${size} tokens has no room for 256 bytes and ${controls.length} control tokens. Give 267 or more.`,
    )
  const words = Array.from({ length: firstControl - 256 }, (_, index) => madeUpWord(index))
  return {
    tokens: [...byteCharacters, ...words, ...controls],
    firstControl,
    merges: [],
    bos: firstControl,
    eos: firstControl + 1,
  }
}

/** The metadata of a vocabulary. */
export function vocabularyMetadata({
  tokens,
  firstControl,
  merges,
  bos,
  eos,
}: Vocabulary): Record<string, GgufValue> {
  return {
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'llama-bpe',
    'tokenizer.ggml.tokens': tokens,
    // 1 is a token that text can write, 3 a control token.
    'tokenizer.ggml.token_type': Int32Array.from(tokens, (_, id) => (id < firstControl ? 1 : 3)),
    'tokenizer.ggml.merges': merges,
    'tokenizer.ggml.bos_token_id': { type: 'uint32', value: bos },
    'tokenizer.ggml.eos_token_id': { type: 'uint32', value: eos },
    'tokenizer.ggml.add_bos_token': true,
  }
}

/** Bytes by rank, one character per byte, in order. */
function readRanks(rankFile: Uint8Array): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>()
  for (const line of new TextDecoder().decode(rankFile).trim().split('\n')) {
    const [, token, rank] = /^([A-Za-z0-9+/]+=*) (\d+)\r?$/.exec(line) ?? []
    if (token === undefined || Number(rank) !== ranks.size) {
      throw new NanoError(
        'invalid-request',
        `forge: line ${ranks.size + 1} of the rank file is not a token in Base64 and rank ${ranks.size}. Give the bytes of Llama 3's tokenizer.model, of about 2 MB; a tokenizer.json is another thing.`,
      )
    }
    ranks.set(Buffer.from(token, 'base64').toString('latin1'), ranks.size)
  }
  return ranks
}

/** Every pair of tokens that makes this one, the lowest ranks first. */
function splits(token: string, ranks: ReadonlyMap<string, number>): (readonly [string, string])[] {
  const found: {
    readonly pair: readonly [string, string]
    readonly left: number
    readonly right: number
  }[] = []
  for (let at = 1; at < token.length; at++) {
    const pair = [token.slice(0, at), token.slice(at)] as const
    const [left, right] = [ranks.get(pair[0]), ranks.get(pair[1])]
    if (left !== undefined && right !== undefined) found.push({ pair, left, right })
  }
  return found.toSorted((a, b) => a.left - b.left || a.right - b.right).map(({ pair }) => pair)
}

/**
 * GPT-2's character for each byte: itself where it can be seen, else one from U+0100 on, in order.
 */
const byteCharacters: readonly string[] = (() => {
  let unseen = 0
  return Array.from({ length: 256 }, (_, byte) => {
    const seen = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
    return String.fromCodePoint(seen ? byte : 256 + unseen++)
  })
})()

/** A space and syllables, the shortest first: no two are the same. */
function madeUpWord(index: number): string {
  const syllables = ['']
  for (let rest = index + 100; rest >= 1; rest = Math.floor(rest / 100))
    syllables.unshift(
      `${'bcdfghjklmnpqrstvwxz'[Math.floor((rest % 100) / 5)] ?? ''}${'aeiou'[rest % 5] ?? ''}`,
    )
  return `Ġ${syllables.join('')}`
}
