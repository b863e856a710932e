import { type Message, type Model, NanoError, type Usage } from '@nano/core'
import { addCounts } from '@nano/core/driver'

/** Characters below which a piece is not cut again. */
const shortestPiece = 16

interface SummaryTask {
  /** What was said before `messages`, in short. */
  readonly earlierSummary: string | undefined
  readonly messages: readonly Message[]
  readonly maxTokens: number
  readonly instructions: string | undefined
  readonly lora: string | undefined
  readonly signal: AbortSignal | undefined
}

const defaultInstructions =
  'Summarize the conversation for the one who goes on with it. Keep names, numbers, dates, ' +
  'decisions, wishes and open questions. Leave out greetings. Write only the summary.'

/**
 * Has a model summarize messages, in as many requests as it takes for each to fit the context.
 * Throws what the model throws, `bad-output` where it writes nothing, and `context-overflow` where
 * not even a few characters fit.
 */
export async function writeSummary(
  model: Model,
  { earlierSummary = '', messages, maxTokens, instructions, lora, signal }: SummaryTask,
): Promise<{ readonly text: string; readonly usage: Usage }> {
  const { contextLength = Infinity } = model.info
  const { reasoning, sampling } = model.capabilities
  let summary = earlierSummary
  let usage: Usage | undefined
  let pieces = messages.map(describeMessage)
  while (pieces.length > 0) {
    const count = await countThatFit(pieces)
    if (count === 0) {
      pieces = [...halve(pieces[0] ?? ''), ...pieces.slice(1)]
      continue
    }
    const reply = await model.generate(buildRequest(pieces.slice(0, count)), signal && { signal })
    summary = reply.text.trim()
    if (summary === '')
      throw new NanoError(
        'bad-output',
        `summarizeHistory: ${model.name} wrote no summary within ${maxTokens} tokens. ` +
          'Raise summaryTokens, or use contextWindow(), which drops old turns',
      )
    usage = usage ? addCounts(usage, reply.usage) : reply.usage
    pieces = pieces.slice(count)
  }
  return { text: summary, usage: usage ?? {} }

  /** How many of the first pieces one request can hold: all, or half of them, or a quarter… */
  async function countThatFit(texts: readonly string[]): Promise<number> {
    for (let count = texts.length; count > 0; count = Math.floor(count / 2)) {
      signal?.throwIfAborted()
      const tokens = await model.countTokens(buildRequest(texts.slice(0, count)))
      if (tokens + maxTokens <= contextLength) return count
    }
    if ((texts[0] ?? '').length > shortestPiece) return 0
    throw new NanoError(
      'context-overflow',
      `summarizeHistory: the instructions, the last summary and the ${maxTokens} tokens of a new ` +
        `one leave no room in the context's ${contextLength}. Lower summaryTokens`,
    )
  }

  function buildRequest(texts: readonly string[]) {
    // A word has up to two tokens; a summary that is cut would lack its end.
    const task = `Summarize all of this in at most ${Math.ceil(maxTokens / 2)} words.`
    const before = summary && `So far, in short: ${summary}\n\n`
    return {
      messages: [
        { role: 'system', content: instructions ?? defaultInstructions },
        {
          role: 'user',
          content: `${before}${texts.join('\n')}\n\n${task}`,
        },
      ],
      maxTokens,
      ...(sampling.includes('temperature') && { sampling: { temperature: 0 } }),
      ...(reasoning === 'optional' && { reasoning: 'off' as const }),
      ...(lora !== undefined && { lora }),
    } as const
  }
}

/** A message as a line of a transcript. */
function describeMessage(message: Message): string {
  if (message.role === 'tool') return `Tool: ${JSON.stringify(message.output)}`
  if (message.role !== 'assistant') return `User: ${message.content}`
  const calls = (message.toolCalls ?? []).map(
    ({ name, input }) => `Assistant calls ${name}: ${JSON.stringify(input)}`,
  )
  return [...(message.content ? [`Assistant: ${message.content}`] : []), ...calls].join('\n')
}

/** Two halves, cut behind a space where there is one near the middle. */
function halve(text: string): readonly [string, string] {
  const middle = Math.floor(text.length / 2)
  const space = text.lastIndexOf(' ', middle)
  const cut = space > middle / 2 ? space + 1 : middle
  // Not within a character of two code units.
  const end = /[\uDC00-\uDFFF]/.test(text[cut] ?? '') ? cut + 1 : cut
  return [text.slice(0, end), text.slice(end)]
}
