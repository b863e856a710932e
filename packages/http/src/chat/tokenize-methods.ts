import { NanoError } from '@nano/core'
import type { Driver } from '@nano/core/driver'
import type { ModelTokenizer } from '../tokenizer/model-tokenizer.ts'

/** The methods of a driver that has the exact tokens of its model. */
export function tokenizeMethods(
  { tokenize, detokenize, vocabularySize }: ModelTokenizer,
  label: string,
): Required<Pick<Driver, 'tokenize' | 'detokenize'>> {
  return {
    tokenize: (text) => tokenize([{ text }]),
    async detokenize(tokens) {
      const unknownToken = tokens.find((token) => token >= vocabularySize)
      if (unknownToken !== undefined)
        throw new NanoError(
          'invalid-request',
          `${label}: there is no token ${unknownToken}; the vocabulary has ${vocabularySize}`,
        )
      return detokenize(tokens)
    },
  }
}
