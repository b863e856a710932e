import type { Token } from '../runtime.ts'
import { greedyRuntimeSampling } from './decode-in-runtime.ts'
import type { Decoding, DecodeOptions } from './decoding.ts'
import { promptLookup } from './prompt-lookup.ts'

const likeliestToken = { generateNext: { token: true, options: greedyRuntimeSampling } }

/**
 * Guesses several tokens, and checks all of them in one call of the runtime. The runtime's own
 * prompt look-up keeps at most one guess of each step.
 */
export async function* decodeWithLookup({
  lease: { sequence, index },
  prompt,
  unreadTokens,
  replyTokens,
  countRemaining,
}: DecodeOptions): Decoding {
  const lookup = promptLookup()

  for (let input = [...unreadTokens]; ;) {
    const guess = lookup.guess([...prompt, ...replyTokens], countRemaining() - 1)
    /** Where the guess begins in the sequence. */
    const start = sequence.nextTokenIndex + input.length
    const checkedTokens = [...input.splice(-1), ...guess]
    const outputs = await sequence.controlledEvaluate(
      [...input, ...checkedTokens.map((token): [Token, object] => [token, likeliestToken])],
      { evaluationPriority: index },
    )
    const likeliestTokens = outputs
      .slice(-checkedTokens.length)
      .flatMap((output) => output?.next.token ?? [])
    const firstWrongIndex = guess.findIndex(
      (token, position) => token !== likeliestTokens[position],
    )
    const rightCount = firstWrongIndex < 0 ? guess.length : firstWrongIndex
    lookup.learn(guess.length, rightCount)

    // The token after the right guesses is right too.
    const tokens = likeliestTokens.slice(0, rightCount + 1)
    const redirect = yield tokens.map((token) => ({ token }))
    const end = start + (redirect ? redirect.keptCount : rightCount)
    // The KV cache holds the wrong guesses as well.
    if (sequence.nextTokenIndex > end)
      await sequence.eraseContextTokenRanges([{ start: end, end: sequence.nextTokenIndex }])
    input = redirect ? [...redirect.replacement] : tokens.slice(-1)
  }
}
