import { unknownFinish } from '../driver/stop-at.ts'
import { NanoError } from '../error.ts'
import type { FinishPart, Part } from '../part.ts'

/** A reply that is checked before the caller gets what was held back of it. */
export interface CollectedReply {
  /** Texts and calls in the order they came; consecutive texts are joined. */
  readonly heldParts: readonly Part[]
  /** All texts of the reply, those that were passed on included. */
  readonly text: string
  readonly hasThought: boolean
  readonly finish: FinishPart
  /** The driver refused the answer, so its usage is unknown. */
  readonly refusal?: NanoError
}

interface CollectOptions {
  readonly name: string
  /** Whether texts are held back, and not only calls and what follows them. */
  readonly holdsTexts: boolean
  /** What earlier attempts passed on; a blank line sets this one apart. */
  readonly earlierOutput: { readonly hasThought: boolean; readonly hasText: boolean }
}

/**
 * Passes on what needs no check, and holds the rest back until the reply is whole. A driver that
 * checks the answer itself refuses an invalid one with `bad-output`.
 */
export async function* collectReply(
  parts: AsyncIterable<Part>,
  { name, holdsTexts, earlierOutput }: CollectOptions,
): AsyncGenerator<Part, CollectedReply> {
  const heldParts: Part[] = []
  const texts: string[] = []
  let hasThought = false
  const buildReply = () => ({ heldParts, text: texts.join(''), hasThought })
  try {
    for await (const part of parts) {
      if (part.type === 'finish') return { ...buildReply(), finish: part }
      if (part.type === 'reasoning') {
        yield earlierOutput.hasThought && !hasThought ? setApart(part) : part
        hasThought = true
        continue
      }
      if (part.type === 'text') texts.push(part.text)
      const last = heldParts.at(-1)
      if (part.type === 'text' && !holdsTexts && !last)
        yield earlierOutput.hasText && texts.length === 1 ? setApart(part) : part
      else if (part.type === 'text' && last?.type === 'text')
        heldParts[heldParts.length - 1] = joinTexts(last, part)
      else heldParts.push(part)
    }
  } catch (error) {
    const isRefusal = NanoError.is(error) && error.code === 'bad-output' && !error.retryable
    if (!isRefusal || !holdsTexts || heldParts.length === 0) throw error
    return { ...buildReply(), finish: unknownFinish, refusal: error }
  }
  throw new NanoError('bad-output', `${name} ended a stream without a finish part`)
}

function setApart<Type extends Extract<Part, { text: string }>>(part: Type): Type {
  return { ...part, text: `\n\n${part.text}` }
}

type StreamedText = Extract<Part, { type: 'text' }>

function joinTexts(first: StreamedText, second: StreamedText): Part {
  const logprobs = [...(first.logprobs ?? []), ...(second.logprobs ?? [])]
  const text = first.text + second.text
  return { type: 'text', text, ...(logprobs.length > 0 && { logprobs }) }
}
