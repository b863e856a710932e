import { type LlamaCppOptions, openLlamaCpp } from '@nano/llama-cpp'
import type { Task } from './contender.ts'

type ChatFormat = Extract<LlamaCppOptions['format'], object>

/**
 * Takes a message for a prompt that is written already: a conversation's header would be the same
 * in all, and stay in the KV cache.
 */
export const plain: ChatFormat = {
  name: 'plain',
  reasoning: {
    open: '<think>',
    close: '</think>',
    canTurnOff: true,
    default: 'on',
    closing: '\n</think>\n\n',
  },
  advice: { on: {}, off: {} },
  render: ({ messages }) =>
    messages.flatMap((message) =>
      'content' in message && typeof message.content === 'string' ? segments(message.content) : [],
    ),
}

function segments(written: string): ReturnType<ChatFormat['render']> {
  return written
    .split(/(<\|\w+\|>)/)
    .filter(Boolean)
    .map((piece) => (/^<\|\w+\|>$/.test(piece) ? { control: piece } : { text: piece }))
}

interface Asked {
  readonly texts: readonly string[]
  readonly maxTokens: number
  readonly rounds: number
}

/**
 * The same questions for each round, as the model's own format writes them, but each time with
 * another beginning, as long as the others: nobody finds more than the token or two that begin
 * every prompt in a KV cache.
 */
export async function freshTasks(
  path: string,
  { texts, maxTokens, rounds }: Asked,
): Promise<readonly (readonly Task[])[]> {
  const asks = { model: path, contextLength: 256 }
  const model = await openLlamaCpp(asks)
  const prompts: string[] = []
  for (const text of texts)
    prompts.push((await model.render({ messages: text, reasoning: 'on' })).text)
  await model.close()

  const reader = await openLlamaCpp({ ...asks, format: plain })
  const all: Task[][] = []
  for (let round = 0; round < rounds; round++) {
    const tasks: Task[] = []
    for (const [index, prompt] of prompts.entries()) {
      const text = begunWith(beginning(round * texts.length + index), prompt)
      tasks.push({
        text,
        tokens: (await reader.render({ messages: text, reasoning: 'on' })).tokens,
        maxTokens,
      })
    }
    all.push(tasks)
  }
  await reader.close()
  const uneven = all.find((tasks) =>
    tasks.some(({ tokens }, index) => tokens.length !== all[0]?.[index]?.tokens.length),
  )
  if (uneven) throw new Error('the beginnings of two rounds differ in length')
  return all
}

/** Three digits, another first one from each to the next; they repeat after 1,000. */
function beginning(count: number): string {
  return String((count * 137 + 101) % 1_000).padStart(3, '0')
}

/** After the control token that begins the text, where the prompt writes one. */
function begunWith(beginning: string, prompt: string): string {
  const [bos = ''] = /^<\|begin_of_text\|>/.exec(prompt) ?? []
  return bos + beginning + prompt.slice(bos.length)
}
