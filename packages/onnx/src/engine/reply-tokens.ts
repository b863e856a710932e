import type { SampledToken } from '../decode/sample-token.ts'
import type { StepRequest, StepResult } from '../decode/step-request.ts'
import type { RemoteSession } from '../worker/remote-session.ts'

/** The tokens of one reply. */
export interface ReplyTokens {
  /** The next token; at most `maxTokens` more are wanted. */
  next(maxTokens: number): Promise<SampledToken>
  /** Continues after `tokens` in place of the last token, constrained to a grammar or to none. */
  replace(tokens: readonly number[], grammar: string | undefined): Promise<void>
  /** Resolves when no step of this reply is running. */
  waitForStep(): Promise<unknown>
}

interface ReplyTokensOptions {
  readonly session: Pick<RemoteSession, 'call'>
  readonly sequence: number
  /** The rest of the prompt, which the first step reads; empty where the first token is known. */
  readonly promptTokens: readonly number[]
  readonly firstToken: SampledToken | undefined
  /** The tokens that end a turn. */
  readonly endTokens: ReadonlySet<number>
  readonly sampleNext: (request: StepRequest) => Promise<StepResult>
  /** Does work that reads several tokens. */
  readonly takeTurn: <T>(work: () => Promise<T>) => Promise<T>
}

/**
 * Samples a reply as it is read. A loop returns several tokens per run; while they are read, its
 * next run is already computing.
 */
export function replyTokens({
  session,
  sequence,
  promptTokens,
  firstToken,
  endTokens,
  sampleNext,
  takeTurn,
}: ReplyTokensOptions): ReplyTokens {
  /** Sampled tokens that are not read yet. */
  let unreadTokens: readonly SampledToken[] = firstToken ? [firstToken] : []
  /** The run after those, where it is already computing. */
  let pendingRun: Promise<StepResult> | undefined
  /** What the next step begins with, where no run is pending. */
  let nextStep: Omit<StepRequest, 'sequence'> = { tokens: promptTokens, origin: 'prompt' }
  let lastStep: Promise<unknown> = Promise.resolve()

  function startStep(step: Omit<StepRequest, 'sequence'>): Promise<StepResult> {
    const result = sampleNext({ sequence, ...step })
    lastStep = result.catch(() => {})
    return result
  }

  function runNextStep(maxTokens: number): Promise<StepResult> {
    const step = { ...nextStep, maxTokens }
    return step.tokens.length > 1 ? takeTurn(() => startStep(step)) : startStep(step)
  }

  async function sampleMore(maxTokens: number): Promise<void> {
    const { followingTokens = [], ...sampledToken } = await (pendingRun ?? runNextStep(maxTokens))
    unreadTokens = [sampledToken, ...followingTokens.map((token) => ({ token }))]
    const remaining = maxTokens - unreadTokens.length
    const isLoop = unreadTokens.length > 1
    const hasEnded = unreadTokens.some(({ token }) => endTokens.has(token))
    pendingRun =
      isLoop && remaining > 0 && !hasEnded
        ? startStep({
            tokens: [unreadTokens.at(-1)?.token ?? 0],
            origin: 'sampled',
            maxTokens: remaining,
          })
        : undefined
  }

  return {
    async next(maxTokens) {
      if (unreadTokens.length === 0) await sampleMore(maxTokens)
      const [sampledToken = { token: 0 }, ...rest] = unreadTokens
      unreadTokens = rest
      nextStep = { tokens: [sampledToken.token], origin: 'sampled' }
      return sampledToken
    },
    async replace(tokens, grammar) {
      // The new grammar must not apply to the pending run, so that run ends first.
      const run = await pendingRun
      await session.call('setGrammar', { sequence, ...(grammar !== undefined && { grammar }) })
      const discardedTokens =
        unreadTokens.length + (run ? 1 + (run.followingTokens?.length ?? 0) : 0)
      nextStep = { tokens, origin: 'replacement', discardedTokens }
      unreadTokens = []
      pendingRun = undefined
    },
    waitForStep: () => lastStep,
  }
}
