import type { Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import type { Workload } from './workloads.ts'

/** The most tokens of the first turn. */
const longestTurn = 2_000
const conversations = 2
const turn = { reasoning: 'off', sampling: { temperature: 0 }, maxTokens: 4 } as const

/** Prints the time in which the prompt of a second turn is read, relative to the first one's. */
export async function printSecondTurn({ name, path, contextLength }: Workload): Promise<void> {
  const model = await openLlamaCpp({ model: path, contextLength })
  const text = await growText(model, Math.min(contextLength - 100, longestTurn))
  const ratios: number[] = []
  let promptTokens = 0
  for (let index = 0; index < conversations; index++) {
    const messages = [{ role: 'user' as const, content: `${index} ${text}` }]
    const firstReply = await model.generate({ messages, ...turn })
    const secondReply = await model.generate({
      messages: [...messages, firstReply.message, { role: 'user', content: 'And 3 + 4?' }],
      ...turn,
    })
    promptTokens = firstReply.usage.input ?? NaN
    ratios.push((secondReply.timings.prompt ?? NaN) / (firstReply.timings.prompt ?? NaN))
  }
  await model.close()
  printTable(
    `Time to read the second turn of a conversation with ${name}; the first turn's is 1`,
    ['tokens of the first turn', 'second turn'],
    [[String(promptTokens), formatSpread(ratios, 3)]],
  )
}

/** A text whose prompt is nearly as long as `tokens`. */
async function growText(model: Model, tokens: number): Promise<string> {
  const isShortEnough = async (text: string) =>
    (await model.countTokens({ messages: text, reasoning: 'off' })) < tokens
  let text = 'The sum of 12 and 30 is 42. '
  while (await isShortEnough(text + text)) text += text
  while (await isShortEnough(`${text} One more.`)) text += ' One more.'
  return text
}
