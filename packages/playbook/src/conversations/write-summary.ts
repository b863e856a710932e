import { type Message, type Model, NanoError, type Usage } from '@nano/core'
import { addCounts } from '@nano/core/driver'

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
 * Throws what the model throws, and `bad-output` where it writes nothing.
 */
export async function writeSummary(
  model: Model,
  { earlierSummary = '', messages, maxTokens, instructions, lora, signal }: SummaryTask,
): Promise<{ readonly text: string; readonly usage: Usage }> {
  const { contextLength = Infinity } = model.info
  const { reasoning } = model.capabilities
  let summary = earlierSummary
  let usage: Usage | undefined
  let pieces = messages.map(describeMessage)
  while (pieces.length > 0) {
    let count = pieces.length
    let request = buildRequest(pieces)
    while ((await model.countTokens(request)) + maxTokens > contextLength) {
      signal?.throwIfAborted()
      if (count > 1) count = Math.ceil(count / 2)
      else if ((pieces[0] ?? '').length > 1)
        pieces = [...halve(pieces[0] ?? ''), ...pieces.slice(1)]
      else break
      request = buildRequest(pieces.slice(0, count))
    }
    const reply = await model.generate(request, signal && { signal })
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

  function buildRequest(texts: readonly string[]) {
    const before = summary && `So far, in short: ${summary}\n\n`
    return {
      messages: [
        { role: 'system', content: instructions ?? defaultInstructions },
        { role: 'user', content: `${before}${texts.join('\n')}\n\nSummarize all of this.` },
      ],
      maxTokens,
      sampling: { temperature: 0 },
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

/** Two halves, cut at a space where there is one near the middle. */
function halve(text: string): readonly [string, string] {
  const middle = Math.floor(text.length / 2)
  const space = text.lastIndexOf(' ', middle)
  const end = space > middle / 2 ? space + 1 : middle
  return [text.slice(0, end), text.slice(end)]
}
