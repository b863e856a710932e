import { NanoError } from '@nano/core'
import { byteCharacters } from './byte-characters.ts'
import { llama3Controls, type Vocabulary } from './vocabulary.ts'

/**
 * The vocabulary of Llama 3's `tokenizer.model`, each line of which is a token in Base64 and its
 * rank. Nemotron Nano 4B and 8B have it too. That file has no merges, so they are all the ways to
 * put a token together from two others. Throws `invalid-request` for another kind of file.
 */
export function llama3Vocabulary(rankFile: Uint8Array): Vocabulary {
  const ranks = parseRanks(rankFile)
  const merges: string[] = []
  for (const token of ranks.keys()) {
    for (const [left, right] of findSplits(token, ranks))
      merges.push(`${toByteCharacters(left)} ${toByteCharacters(right)}`)
  }
  const firstControl = ranks.size
  return {
    tokens: [...Array.from(ranks.keys(), toByteCharacters), ...llama3Controls],
    firstControl,
    merges,
    bos: firstControl,
    eos: firstControl + 1,
  }
}

/** Parses the ranks of tokens. A token has one character per byte. */
function parseRanks(rankFile: Uint8Array): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>()
  for (const line of new TextDecoder().decode(rankFile).trim().split('\n')) {
    const [, token, rank] = /^([A-Za-z0-9+/]+=*) (\d+)\r?$/.exec(line) ?? []
    if (token === undefined || Number(rank) !== ranks.size) {
      throw new NanoError(
        'invalid-request',
        `forge: line ${ranks.size + 1} of the rank file is not a token in Base64 ` +
          `and rank ${ranks.size}. Give the bytes of Llama 3's tokenizer.model, of about 2 MB; ` +
          'a tokenizer.json is another format.',
      )
    }
    ranks.set(Buffer.from(token, 'base64').toString('latin1'), ranks.size)
  }
  return ranks
}

/** Finds every pair of tokens that makes up this one, the lowest ranks first. */
function findSplits(
  token: string,
  ranks: ReadonlyMap<string, number>,
): readonly (readonly [left: string, right: string])[] {
  const splits: {
    readonly pair: readonly [string, string]
    readonly leftRank: number
    readonly rightRank: number
  }[] = []
  for (let index = 1; index < token.length; index++) {
    const pair = [token.slice(0, index), token.slice(index)] as const
    const [leftRank, rightRank] = [ranks.get(pair[0]), ranks.get(pair[1])]
    if (leftRank !== undefined && rightRank !== undefined)
      splits.push({ pair, leftRank, rightRank })
  }
  return splits
    .toSorted((a, b) => a.leftRank - b.leftRank || a.rightRank - b.rightRank)
    .map(({ pair }) => pair)
}

function toByteCharacters(bytes: string): string {
  return Array.from(bytes, (byte) => byteCharacters[byte.charCodeAt(0)]).join('')
}
