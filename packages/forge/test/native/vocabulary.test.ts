import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LlamaModel } from 'node-llama-cpp'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../../../../test/shared/shared-data.ts'
import {
  llama3Vocabulary,
  madeUpVocabulary,
  shapes,
  transformer,
  writeGguf,
  type Vocabulary,
} from '../../src/index.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { loadModel } from './runtime.ts'

const folder = temporaryFolder()
const ranks = sharedData('llama3/tokenizer.model')

/** Loads the smallest possible model with a vocabulary. */
async function loadWithVocabulary(vocabulary: Vocabulary): Promise<LlamaModel> {
  const path = join(folder, 'vocabulary.gguf')
  const shape = {
    ...shapes.small,
    hiddenSize: 32,
    layers: 1,
    heads: 1,
    kvHeads: 1,
    headSize: 32,
    feedForwardSize: 32,
    vocabularySize: vocabulary.tokens.length,
  }
  await writeGguf({ path, ...transformer({ shape, quantization: 'Q8_0', vocabulary }) })
  return loadModel(path)
}

describe("the vocabulary of Llama 3's tokenizer.model", () => {
  // Its ids are those of Llama 3: the tests of @nano/llama-cpp show it with the whole tokenizer.
  it.skipIf(ranks.missing)(
    `has its tokens and merges${ranks.missing ? ` [${ranks.missing}]` : ''}`,
    () => {
      const { tokens, merges } = llama3Vocabulary(readFileSync(ranks.path))
      expect([tokens.length, merges.length]).toEqual([128_256, 280_147])
    },
  )

  it('has the pairs that make up each token as merges, the lowest ranks first', () => {
    const { tokens, merges, bos, eos, firstControl } = llama3Vocabulary(
      rankFile(['a', 'b', ' ', 'ab', 'ba', 'aba', ' aba', '\n']),
    )
    expect(tokens.slice(0, 9)).toEqual([
      'a',
      'b',
      'Ġ',
      'ab',
      'ba',
      'aba',
      'Ġaba',
      'Ċ',
      '<|begin_of_text|>',
    ])
    expect(merges).toEqual(['a b', 'b a', 'a ba', 'ab a', 'Ġ aba'])
    expect([bos, eos, firstControl, tokens.length]).toEqual([8, 9, 8, 264])
    expect([tokens[8 + 9], tokens.at(-1)]).toEqual(['<|eot_id|>', '<|reserved_special_token_247|>'])
  })

  it('is refused with the line where the file is of another kind', () => {
    expect(() => llama3Vocabulary(new TextEncoder().encode('{ "model": {} }'))).toThrow(
      /line 1 of the rank file is not .* tokenizer.json/,
    )
    expect(() => llama3Vocabulary(new TextEncoder().encode('YQ== 0\nYg== 2'))).toThrow(
      /line 2 .* rank 1/,
    )
  })
})

describe('a made-up vocabulary', () => {
  it('tokenizes any text, byte by byte where it has no word', async () => {
    const model = await loadWithVocabulary(madeUpVocabulary(600))
    for (const text of ['Hello', 'naïve 日本語 🙂\n', ' baba'])
      expect(model.detokenize(model.tokenize(text)), text).toBe(text)
    expect(model.tokenize('<|eot_id|>', true)).toEqual([598])
    expect(model.tokenize('<|eot_id|>').length).toBeGreaterThan(1)
  })
  it('has no token twice at the size of a real one', () => {
    const { tokens } = madeUpVocabulary(151_936)
    expect(new Set(tokens).size).toBe(151_936)
    expect(tokens.slice(256, 259)).toEqual(['Ġbeba', 'Ġbebe', 'Ġbebi'])
  })
  it('has a smallest size, with room for every byte', () => {
    expect(() => madeUpVocabulary(266)).toThrow(/Give 267 or more/)
    expect(madeUpVocabulary(267).tokens).toHaveLength(267)
  })
})

function rankFile(tokens: readonly string[]): Uint8Array {
  return new TextEncoder().encode(
    tokens.map((token, rank) => `${Buffer.from(token).toString('base64')} ${rank}\n`).join(''),
  )
}
