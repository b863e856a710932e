import type { Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { lateness } from '../lateness.ts'
import { spread, table } from '../table.ts'
import { plain } from './prompts.ts'
import { type Subject, taskLength } from './subjects.ts'

const greedy = { temperature: 0 }

/** How late the event loop is while `streams` requests decode. */
export async function delays(
  { name, path, rounds: [tasks = []] }: Subject,
  streams: number,
): Promise<void> {
  const model = await openLlamaCpp({
    model: path,
    contextLength: taskLength,
    parallel: streams,
    format: plain,
  })
  const late = await lateness(() =>
    Promise.all(
      tasks
        .slice(0, 24)
        .map(({ text, maxTokens }) =>
          model.generate({ messages: text, reasoning: 'on', sampling: greedy, maxTokens }),
        ),
    ),
  )
  await model.close()
  console.log(`${name}: how late the event loop is while ${streams} streams decode\n`)
  console.log(`${table(['p50', 'p99', 'most'], [late])}\n`)
}

/** The time to the first part of a second turn, relative to the first's. */
export async function secondTurn({ name, path, contextLength }: Subject): Promise<void> {
  const room = Math.min(contextLength - 100, 2_000)
  const model = await openLlamaCpp({ model: path, contextLength })
  let said = 'The sum of 12 and 30 is 42. '
  while ((await model.countTokens({ messages: said + said, reasoning: 'off' })) < room) said += said
  while ((await model.countTokens({ messages: `${said} One more.`, reasoning: 'off' })) < room)
    said += ' One more.'
  const turn = { reasoning: 'off', sampling: greedy, maxTokens: 4 } as const
  const ratios: number[] = []
  let tokens = 0
  for (let round = 0; round < 2; round++) {
    const messages = [{ role: 'user' as const, content: `${round} ${said}` }]
    const first = await model.generate({ messages, ...turn })
    const second = await model.generate({
      messages: [...messages, first.message, { role: 'user', content: 'And 3 + 4?' }],
      ...turn,
    })
    tokens = first.usage.input ?? 0
    ratios.push((second.timings.prompt ?? NaN) / (first.timings.prompt ?? NaN))
  }
  await model.close()
  const { least, most } = spread(ratios)
  console.log(
    `${name}: the second turn of a conversation of ${tokens} tokens starts in ${least.toFixed(3)} to ${most.toFixed(3)} of the first's time\n`,
  )
}

/** A reply that repeats its prompt, with prompt look-up and without. */
export async function lookup({
  name,
  path,
  contextLength,
  passage,
  rounds,
}: Subject): Promise<void> {
  if (passage === undefined) return
  const [without, guessing] = [
    await openLlamaCpp({ model: path, contextLength }),
    await openLlamaCpp({ model: path, contextLength, speculation: 'prompt-lookup' }),
  ]
  /** Milliseconds from the first token sampled to the last. */
  const reply = async (
    model: Model,
  ): Promise<{ readonly text: string; readonly decoding: number }> => {
    let first = NaN
    const { text } = await model.generate(
      { messages: passage, sampling: greedy, maxTokens: 96 },
      {
        onPrefill({ processed, total }) {
          if (processed === total) first = performance.now()
        },
      },
    )
    return { text, decoding: performance.now() - first }
  }

  const ratios: number[] = []
  let same = true
  for (const round of rounds.keys()) {
    const turns = round % 2 === 0 ? [without, guessing] : [guessing, without]
    const replies = new Map<Model, Awaited<ReturnType<typeof reply>>>()
    for (const model of turns) replies.set(model, await reply(model))
    const [a, b] = [replies.get(without), replies.get(guessing)]
    same &&= a?.text === b?.text
    if (round > 0) ratios.push((a?.decoding ?? NaN) / (b?.decoding ?? NaN))
  }
  await without.close()
  await guessing.close()
  const { median, least, most } = spread(ratios)
  console.log(
    `${name}: a reply that repeats its prompt is ${median.toFixed(2)} times as fast with prompt look-up (${least.toFixed(2)} to ${most.toFixed(2)}), ${same ? 'the same reply' : 'ANOTHER REPLY'}\n`,
  )
}
