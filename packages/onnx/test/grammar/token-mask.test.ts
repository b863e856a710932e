import { expect, it } from 'vitest'
import { addToken, emptyMask, maskLogits } from '../../src/grammar/token-mask.ts'

it('leaves the logits of some tokens, and masks all others', () => {
  const mask = emptyMask(100)
  const tokens = [0, 31, ...Array.from({ length: 32 }, (_, index) => 32 + index), 99]
  for (const token of tokens) addToken(mask, token)
  // A model can have more logits than its tokenizer has tokens.
  const logits = Float32Array.from({ length: 200 }, (_, token) => token)
  expect([...maskLogits(logits, mask)]).toEqual(
    Array.from(logits, (logit) => (tokens.includes(logit) ? logit : -Infinity)),
  )
})
