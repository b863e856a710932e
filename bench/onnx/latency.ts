import type { Reply, Task, TokenContender } from '../measuring/contender.ts'
import { measureInRounds } from '../measuring/rounds.ts'
import { computeMedian, computeRatios, formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import { openNano } from './nano.ts'
import { buildTasks } from './tasks.ts'
import { openTransformersJs } from './transformers-js.ts'
import type { Device, Workload } from './workloads.ts'

/** Milliseconds in which the threads of the last contender, which spin at first, fall asleep. */
const pause = 50

/** Prints how fast nano gives one reply after another, relative to transformers.js. */
export async function compareLatency(workload: Workload, device: Device): Promise<void> {
  const { name, promptLengths, maxTokens, rounds, peerThreads } = workload
  const nano = await openNano(workload, { device })
  const peers = [await openTransformersJs(workload, { device })]
  if (peerThreads !== undefined)
    peers.push(await openTransformersJs(workload, { device, threads: peerThreads }))
  const contenders = [nano, ...peers]

  for (const promptLength of promptLengths) {
    const [firstTask, ...tasks] = await buildTasks(nano.model, {
      promptLength,
      maxTokens,
      count: rounds + 1,
    })
    if (!firstTask) continue
    const agreement = await countEqualTokens(contenders, firstTask)
    const replies = await measureInRounds(contenders, { rounds, pause }, (contender, round) =>
      contender.generate(tasks[round] ?? firstTask),
    )
    const speedup = (peer: TokenContender, measure: (reply: Reply) => number) =>
      formatSpread(computeRatios(replies.get(peer)?.map(measure), replies.get(nano)?.map(measure)))
    printTable(
      `Speed of nano on ${name}, prompts of ${firstTask.tokens.length} tokens`,
      ['relative to', 'first token', 'decoding'],
      peers.map((peer) => [
        peer.name,
        speedup(peer, ({ firstTokenTime = NaN }) => firstTokenTime),
        speedup(peer, ({ decodeTime, outputTokens }) => decodeTime / (outputTokens - 1)),
      ]),
    )
    const cachedTokens = computeMedian(
      replies.get(nano)?.map(({ cachedInputTokens = 0 }) => cachedInputTokens) ?? [],
    )
    console.log(
      `${agreement}. nano had ${cachedTokens} tokens of a prompt in its KV cache:` +
        ' the system message.\n',
    )
  }
  for (const contender of contenders) await contender.close()
}

/** Compares the tokens of a first reply, which warms all of them up. */
async function countEqualTokens(
  contenders: readonly TokenContender[],
  task: Task,
): Promise<string> {
  const replies: (readonly number[])[] = []
  // One at a time: transformers.js keeps the logits of a whole prompt, which are two gigabytes at
  // 4,096 tokens.
  for (const contender of contenders) replies.push(await contender.generateTokens(task))
  const [firstReply = [], ...otherReplies] = replies
  const difference = firstReply.findIndex((token, index) =>
    otherReplies.some((tokens) => tokens[index] !== token),
  )
  const equal = difference < 0 ? firstReply.length : difference
  return `${equal} of the ${firstReply.length} tokens of the first reply are the same for all`
}
