import { readFileSync } from 'node:fs'
import type { Message, Tool } from '@nano/core'
import { sharedData } from '../../../../test/shared/shared-data.ts'
import { llama3Vocabulary } from '../../../forge/src/index.ts'
import { tokenizerFiles } from '../../../forge/src/onnx/tokenizer-files.ts'
import { onnx } from '../../../tiny/src/index.ts'
import { tokenizer } from '../../src/tokenizer/index.ts'

export interface Case {
  readonly name: string
  readonly reasoning: 'on' | 'off'
  readonly messages: readonly Message[]
  readonly tools?: readonly Tool[]
  readonly tokens: readonly number[]
}

export interface File {
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>
    readonly merges: readonly unknown[]
  }
  readonly added_tokens: readonly {
    readonly id: number
    readonly content: string
    readonly special: boolean
  }[]
}

const ranks = sharedData('llama3/tokenizer.model')
export const fixtures = sharedData('llama3/llama-bpe.inp')
export const prompts = sharedData('nemotron/prompts.json')
export const missing = ranks.missing ?? fixtures.missing ?? prompts.missing
export const skipReason = missing ? ` [${missing}]` : ''

export const tinyFile = JSON.parse(
  readFileSync(`${onnx.transformers}/tokenizer.json`, 'utf8'),
) as File
export const withTokens = (tokens: object) => ({
  ...tinyFile,
  model: { ...tinyFile.model, vocab: { ...tinyFile.model.vocab, ...tokens } },
})
export const withAdded = (...tokens: readonly object[]) => ({
  ...tinyFile,
  added_tokens: [...tinyFile.added_tokens, ...tokens],
})
export const tiny = tokenizer({ tokenizer: tinyFile, name: 'tiny' })
export const llama3 = missing
  ? tiny
  : tokenizer({
      tokenizer: tokenizerFiles({
        vocabulary: llama3Vocabulary(readFileSync(ranks.path)),
        contextLength: 131_072,
      })['tokenizer.json'],
    })
export const oddTexts = [
  '',
  ' ',
  '  two  spaces \n',
  'naïve 日本語 🙂',
  '👩‍👩‍👧‍👦',
  'a\u0000b',
  '\uFEFFmark',
  'e\u0301',
  '1234567890',
  '<|eot_id|>',
  "don't WON'T",
  '\r\n\t',
  'العربية',
]
