import type { ReasoningSplitter } from '@nano/core/driver'
import type { CallDescription } from './call-description.ts'
import type { ToolCallOptions } from './call-syntax.ts'
import { type CallRule, describedCallRule } from './described-call-rule.ts'
import { splitDescribedCalls } from './split-described-calls.ts'

/** What a format reads calls with, and holds demanded calls to. */
export interface CallFormat {
  splitToolCalls(splitter: ReasoningSplitter, options: ToolCallOptions): ReasoningSplitter
  /** Absent where no grammar can say the calls. */
  readonly callRule?: CallRule
}

/** The reader and the rule that follow from one description. */
export function callFormat(description: CallDescription): CallFormat {
  const callRule = describedCallRule(description)
  return {
    splitToolCalls: (splitter, options) => splitDescribedCalls(splitter, description, options),
    ...(callRule && { callRule }),
  }
}
