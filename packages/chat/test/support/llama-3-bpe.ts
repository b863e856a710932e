import { readFileSync } from 'node:fs'
import type { Prompt } from '../../src/index.ts'

/** Control tokens of the vocabulary, from id 128000. */
const controls = [
  '<|begin_of_text|>',
  '<|end_of_text|>',
  '',
  '',
  '',
  '',
  '<|start_header_id|>',
  '<|end_header_id|>',
  '',
  '<|eot_id|>',
]
const pattern = new RegExp(
  String.raw`'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|` +
    String.raw`\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  'gu',
)

/** Tokenizes as Llama 3 does, from its rank file; slow and short, to check prompts against. */
export function llama3Bpe(rankFile: string): (prompt: Prompt) => number[] {
  const ranks = new Map(
    readFileSync(rankFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const [token = '', rank] = line.split(' ')
        return [Buffer.from(token, 'base64').toString('latin1'), Number(rank)] as const
      }),
  )

  function merge(word: string): number[] {
    const wholeRank = ranks.get(word)
    if (wholeRank !== undefined) return [wholeRank]
    const pieces = [...word]
    for (;;) {
      const pairs = pieces
        .slice(1)
        .map((piece, at) => ({ at, rank: ranks.get(`${pieces[at]}${piece}`) ?? Infinity }))
      const best = pairs.reduce((a, b) => (b.rank < a.rank ? b : a), { at: -1, rank: Infinity })
      if (best.rank === Infinity) return pieces.map((piece) => ranks.get(piece)!)
      pieces.splice(best.at, 2, `${pieces[best.at]}${pieces[best.at + 1]}`)
    }
  }

  return (prompt) =>
    prompt.flatMap((segment) => {
      if ('control' in segment) return [128_000 + controls.indexOf(segment.control)]
      return (segment.text.match(pattern) ?? []).flatMap((word) =>
        merge(Buffer.from(word, 'utf8').toString('latin1')),
      )
    })
}
