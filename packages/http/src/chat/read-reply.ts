import type { Part } from '@nano/core'
import type { ValueStream } from '../transport/value-stream.ts'
import { type ChatStep, hasContent } from './chat-dialect.ts'
import type { LogprobReader } from './chat-logprobs.ts'
import { replyAssembler, type ReplyAssemblerOptions } from './reply-assembler.ts'

interface ReplyOptions extends ReplyAssemblerOptions {
  readonly values: ValueStream
  readonly decode: (value: unknown) => ChatStep
  /** Absent where the request asks for no log-probabilities. */
  readonly readLogprobs?: LogprobReader
}

/** Milliseconds: some services send a finish reason with each piece of a reply. */
const maxWaitForContent = 10_000

/**
 * Reads one reply of a server's chat to its end. Parts are yielded one by one: an asynchronous
 * generator that delegates to a list takes three times the CPU.
 */
export async function* readReply({
  values,
  decode,
  readLogprobs,
  ...options
}: ReplyOptions): AsyncGenerator<Part, void, void> {
  const assembler = replyAssembler(options)
  let isLast = false
  try {
    while (!isLast) {
      const chunk = await values.next()
      if (!chunk) break
      for (const value of chunk) {
        const step = decode(value)
        const logprobs = step.logprobs && (await readLogprobs?.(step.logprobs))
        for (const part of assembler.push(step, logprobs)) yield part
        if (hasContent(step)) values.expectMore()
        if (step.rawFinishReason) values.expectEnd(hasContent(step) ? maxWaitForContent : undefined)
        isLast = step.isLast === true
        if (isLast) break
      }
    }
  } finally {
    values.close()
  }
  for (const part of assembler.end()) yield part
}
