import { openLlamaCpp } from '@nano/llama-cpp'
import type { Task } from '../measuring/contender.ts'
import { nanoContender } from '../measuring/nano-contender.ts'
import { measureInRounds } from '../measuring/rounds.ts'
import { computeRatios, formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import type { Workload } from './workloads.ts'

const maxTokens = 96

/** Prints how fast a reply that repeats its prompt is with prompt look-up; without it is 1. */
export async function printPromptLookup({
  name,
  path,
  contextLength,
  repeatedPassage: text,
  tasksByRound,
}: Workload): Promise<void> {
  if (text === undefined) return
  const options = { model: path, contextLength }
  const model = await openLlamaCpp(options)
  const { tokens } = await model.render({ messages: text, reasoning: 'on' })
  const task: Task = { text, tokens, maxTokens }
  const plainContender = nanoContender('nano', model)
  const lookupContender = nanoContender(
    'nano, prompt look-up',
    await openLlamaCpp({ ...options, speculation: 'prompt-lookup' }),
  )

  const rounds = tasksByRound.length - 1
  const replies = await measureInRounds(
    [plainContender, lookupContender],
    { rounds, warmUpRounds: 1 },
    (contender) => contender.generate(task),
  )
  const [plainReplies = [], lookupReplies = []] = [
    replies.get(plainContender),
    replies.get(lookupContender),
  ]
  await plainContender.close()
  await lookupContender.close()
  const texts = new Set([...plainReplies, ...lookupReplies].map((reply) => reply.text))
  const ratios = computeRatios(
    plainReplies.map(({ decodeTime }) => decodeTime),
    lookupReplies.map(({ decodeTime }) => decodeTime),
  )
  printTable(
    `Decoding speed of ${name} with prompt look-up, where the reply repeats its prompt`,
    ['to the speed without', 'replies'],
    [[formatSpread(ratios), texts.size === 1 ? 'the same' : 'DIFFERENT']],
  )
}
