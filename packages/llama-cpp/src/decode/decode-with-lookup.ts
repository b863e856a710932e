import type { Token } from '../runtime.ts'
import { greedySampling } from './decode-in-runtime.ts'
import type { Decoding, DecodeOptions } from './decoding.ts'
import { promptLookup } from './prompt-lookup.ts'

const likeliestToken = { generateNext: { token: true, options: greedySampling } }

/**
 * Guesses several tokens, and checks all of them in one call of the runtime. The runtime's own
 * prompt look-up keeps at most one guess of each step.
 */
export async function* decodeWithLookup({
  lease: { sequence, index },
  prompt,
  rest,
  sampled,
  remaining,
}: DecodeOptions): Decoding {
  const lookup = promptLookup()

  for (let input = [...rest]; ;) {
    const guess = lookup.guess([...prompt, ...sampled], remaining() - 1)
    /** Where the guess begins in the sequence. */
    const start = sequence.nextTokenIndex + input.length
    const checkedTokens = [...input.splice(-1), ...guess]
    const outputs = await sequence.controlledEvaluate(
      [...input, ...checkedTokens.map((token): [Token, object] => [token, likeliestToken])],
      { evaluationPriority: index },
    )
    const likeliest = outputs
      .slice(-checkedTokens.length)
      .flatMap((output) => output?.next.token ?? [])
    const firstWrong = guess.findIndex((token, position) => token !== likeliest[position])
    const rightCount = firstWrong < 0 ? guess.length : firstWrong
    lookup.learn(guess.length, rightCount)

    // The token after the right guesses is right too.
    const tokens = likeliest.slice(0, rightCount + 1)
    const redirect = yield tokens.map((token) => ({ token }))
    const end = start + (redirect ? redirect.kept : rightCount)
    // The KV cache holds the wrong guesses as well.
    if (sequence.nextTokenIndex > end)
      await sequence.eraseContextTokenRanges([{ start: end, end: sequence.nextTokenIndex }])
    input = redirect ? [...redirect.replacement] : tokens.slice(-1)
  }
}
