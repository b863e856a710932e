import { isJsonObject } from '@nano/core/driver'
import { fileError } from '../file-error.ts'
import { bytePairModel } from './bpe.ts'
import type { TokenizerComponent } from './components.ts'
import type { TokenModel } from './token-model.ts'
import { unigramModel } from './unigram.ts'

/** Reads the model of a `tokenizer.json` whose vocabulary has been read. */
export function loadTokenModel(model: unknown, name: string): TokenModel {
  if (!isJsonObject(model)) throw fileError(name, 'it has no model')
  const { vocab } = model
  const component: TokenizerComponent = { type: '', role: 'model', name, fields: model }
  return Array.isArray(vocab)
    ? unigramModel(component)
    : bytePairModel(component, new Map(Object.entries(vocab as Readonly<Record<string, number>>)))
}
