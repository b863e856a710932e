import { readFileSync } from 'node:fs'
import { type GgufContents, type GgufValue, shapes, transformer } from '@nano/forge'

interface SavedFile {
  readonly vocabulary: 'byte-level' | 'sentence-piece'
  readonly added_tokens: readonly {
    readonly id: number
    readonly content: string
    readonly special: boolean
  }[]
  /** Of each text, joined by spaces. */
  readonly ids: readonly string[]
}

interface SavedVocabulary {
  readonly vocab: Readonly<Record<string, number>>
  readonly merges: readonly string[]
}

/** What the reference makes of texts with small `tokenizer.json` files. */
export const expected = readFixture('expected.json') as {
  readonly texts: readonly string[]
  readonly files: Readonly<Record<string, SavedFile>>
}
const vocabularies = readFixture('vocabularies.json') as Readonly<Record<string, SavedVocabulary>>

/** A small model with random weights and the vocabulary of a saved `tokenizer.json`. */
export function modelWithTokenizer(
  { vocabulary, added_tokens: addedTokens }: SavedFile,
  metadata: Readonly<Record<string, GgufValue>>,
): GgufContents {
  const { vocab = {}, merges = [] } = vocabularies[vocabulary] ?? {}
  const tokens: string[] = []
  for (const [token, id] of Object.entries(vocab)) tokens[id] = token
  for (const { id, content } of addedTokens) tokens[id] = content
  const kindsOfAdded = new Map(
    addedTokens.map(({ id, special }) => [id, special ? kinds.control : kinds.userDefined]),
  )
  const bos = Object.keys(vocab).length
  const contents = transformer({
    shape: { ...shapes.small, vocabularySize: tokens.length },
    quantization: 'Q8_0',
    vocabulary: { tokens, firstControl: bos, merges, bos, eos: bos + 1 },
    name: 'Qwen3, small',
    deviation: 0.1,
  })
  return {
    ...contents,
    metadata: {
      ...contents.metadata,
      'tokenizer.ggml.add_bos_token': false,
      'tokenizer.ggml.token_type': Int32Array.from(
        tokens,
        (token, id) => kindsOfAdded.get(id) ?? kindOf(token),
      ),
      // SentencePiece merges the pair of the highest score.
      ...(vocabulary === 'sentence-piece' && {
        'tokenizer.ggml.model': 'llama',
        'tokenizer.ggml.scores': Float32Array.from(tokens, (_, id) => -id),
      }),
      ...metadata,
    },
  }
}

/** As GGUF numbers the kinds of tokens. */
const kinds = { normal: 1, unknown: 2, control: 3, userDefined: 4, byte: 6 } as const

function kindOf(token: string): number {
  if (/^<0x..>$/.test(token)) return kinds.byte
  if (token === '<unk>') return kinds.unknown
  return token === '<s>' || token === '</s>' ? kinds.control : kinds.normal
}

function readFixture(name: string): unknown {
  const path = `../../../chat/test/tokenizer/fixtures/${name}`
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
}
