import type { DriverCapabilities } from '@nano/core/driver'
import type { ChatDialect, ContinuationForm } from './chat-dialect.ts'

/** What a server's chat can do with one model. */
export function chatCapabilities(
  dialect: ChatDialect,
  reasoning: DriverCapabilities['reasoning'],
  continuation: ContinuationForm,
): DriverCapabilities {
  return {
    chat: true,
    completion: false,
    reasoning,
    reasoningBudget: false,
    sampling: dialect.sampling,
    logprobs: dialect.logprobs !== 'never',
    tools: dialect.tools,
    // A model that always reasons would have to write its thought as JSON.
    schema: dialect.schema && reasoning !== 'always',
    loras: [],
    continuation: continuation !== 'none',
    controlTokensApart: false,
  }
}
