import { argmax } from '@nano/chat/engine'
import { NanoError } from '@nano/core'
import type { GrammarMatcher } from './xgrammar.ts'

/** The position of a reply in its grammar. */
export interface GrammarState {
  /**
   * The logits, with -Infinity for tokens that cannot be next. A token that ends the turn can be
   * next where the grammar is complete.
   */
  maskLogits(logits: Float32Array): Promise<Float32Array>
  acceptToken(token: number): void
  /** Frees the memory that the library uses for it. */
  dispose(): void
}

/** A position in a grammar, and the library that it is in. */
export interface LibraryMatcher {
  readonly matcher: GrammarMatcher
  /** Whether the library has not crashed. */
  readonly isCurrent: () => boolean
  /** The error for what the library threw. */
  readonly toError: (cause: unknown) => unknown
}

/**
 * The state of one reply. `tokens`: the text of each token in ASCII, '' for control tokens.
 * Where the library crashes in another reply, the state goes on in a new one.
 */
export function grammarState(
  firstMatcher: LibraryMatcher,
  createNext: () => Promise<LibraryMatcher>,
  tokens: readonly string[],
): GrammarState {
  let currentMatcher = firstMatcher
  /** Set while a new matcher may still be on its way. */
  let isDisposed = false
  const acceptedTokens: number[] = []

  function accept({ matcher, toError }: LibraryMatcher, token: number): void {
    let isAccepted: boolean
    try {
      isAccepted = matcher.acceptToken(token)
    } catch (cause) {
      throw toError(cause)
    }
    if (!isAccepted)
      throw new NanoError(
        'internal',
        `onnx: the grammar does not accept the token ${token}, although its mask allows it`,
      )
  }

  /** The reply may end meanwhile. */
  async function replaceMatcher(): Promise<void> {
    const nextMatcher = await createNext()
    if (isDisposed) {
      disposeMatcher(nextMatcher)
      throw new NanoError('internal', 'onnx: the grammar of a reply is used after its end')
    }
    currentMatcher = nextMatcher
    for (const token of acceptedTokens) accept(currentMatcher, token)
  }

  return {
    async maskLogits(logits) {
      if (!currentMatcher.isCurrent()) await replaceMatcher()
      try {
        return await maskLogits(logits, currentMatcher.matcher, tokens)
      } catch (cause) {
        throw currentMatcher.toError(cause)
      }
    },
    acceptToken(token) {
      if (currentMatcher.isCurrent()) accept(currentMatcher, token)
      acceptedTokens.push(token)
    },
    dispose() {
      isDisposed = true
      disposeMatcher(currentMatcher)
    },
  }
}

/** The matchers of a library that has crashed are gone with it. */
function disposeMatcher({ matcher, isCurrent }: LibraryMatcher): void {
  if (isCurrent()) matcher.dispose()
}

async function maskLogits(
  logits: Float32Array,
  matcher: GrammarMatcher,
  tokens: readonly string[],
): Promise<Float32Array> {
  const bits = await matcher.getNextTokenBitmask()
  const maskedLogits = logits.slice()
  for (let token = 0; token < maskedLogits.length; token++)
    if (!((bits[token >> 5] ?? 0) & (1 << (token & 31)))) maskedLogits[token] = -Infinity
  for (const token of selectMaskedTokens(logits, maskedLogits)) {
    if (!tokens[token] || !matcher.acceptToken(token)) continue
    matcher.rollBack(1)
    maskedLogits[token] = logits[token] ?? -Infinity
  }
  return maskedLogits
}

/**
 * Version 0.1.27 of the library masks some tokens that it then accepts: with the vocabulary a, aX,
 * aaX the grammar "aaX" allows only a. So the most probable masked tokens are tried one by one: at
 * most this many, down to e^-12 of the probability of the best token that is allowed.
 */
const maxRetries = 64
const maxLogitDistance = 12

/** The masked tokens to try, the most probable first. */
function selectMaskedTokens(logits: Float32Array, masked: Float32Array): readonly number[] {
  const threshold = (masked[argmax(masked)] ?? -Infinity) - maxLogitDistance
  const tokens: number[] = []
  for (let token = 0; token < logits.length; token++)
    if (masked[token] === -Infinity && (logits[token] ?? -Infinity) > threshold) tokens.push(token)
  return tokens.toSorted((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0)).slice(0, maxRetries)
}
