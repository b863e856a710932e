// @nano/onnx beside transformers.js on the same file and the same version of onnxruntime-node, in one run, round by round.
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Contender, Prompt, Reply } from './onnx/contender.ts'
import { delays, memory } from './onnx/feel.ts'
import { ours } from './onnx/ours.ts'
import { rows } from './onnx/rows.ts'
import { embedded, fourBillion, fourLayers, prompts, type Subject } from './onnx/subjects.ts'
import { transformers } from './onnx/transformers.ts'
import { spread, table } from './table.ts'

const together = 8
/**
 * Milliseconds for the threads of whoever was last to fall asleep: they spin for a while before
 * they do.
 */
const rest = 50

/**
 * `tiny`, `4b` or `rows`, four layers of it for several requests at once, measures one. `--rounds
 * N` is for more or fewer, `--lengths 128,1024` for prompts of so many tokens.
 */
export async function run(args: readonly string[]): Promise<void> {
  const {
    positionals: [size],
    values,
  } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rounds: { type: 'string' }, lengths: { type: 'string' } },
  })
  const asked = (subject: Subject): Subject => {
    const [length = NaN, ...longer] = values.lengths?.split(',').map(Number) ?? subject.lengths
    return {
      ...subject,
      lengths: [length, ...longer],
      rounds: Number(values.rounds ?? subject.rounds),
    }
  }
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores, on the CPU. Each figure is the median of ratios within a round (least to most).\n`,
  )
  const cache = join(import.meta.dirname, 'node_modules/.cache')
  if (size === undefined || size === 'tiny') await measure(asked(embedded))
  if (size === undefined || size === '4b') await measure(asked(await fourBillion(cache)))
  if (size === undefined || size === 'rows') await several((await fourLayers(cache)).map(asked))
}

async function several(subjects: readonly Subject[]): Promise<void> {
  for (const subject of subjects) await atOnce(subject)
  await rows(subjects)
}

async function measure(subject: Subject): Promise<void> {
  const small = subject.folder === embedded.folder
  await beside(subject)
  await atOnce(subject)
  if (small) await atOnce({ ...subject, name: 'the embedded model, fp32', precision: 'fp32' })
  await delays(subject)
  if (small) await memory(subject)
}

/**
 * One request after another: ours, theirs as it comes, and theirs with the threads that may suit it
 * better.
 */
async function beside({
  name,
  folder,
  precision,
  lengths,
  reply,
  rounds,
  threads,
}: Subject): Promise<void> {
  const nano = await ours({ model: folder, quantisation: precision, device: 'cpu' })
  const peers = [
    await transformers({ folder, precision }),
    ...(threads === undefined ? [] : [await transformers({ folder, precision, threads })]),
  ]
  const contenders = [nano, ...peers]

  for (const length of lengths) {
    const asked = await prompts(nano.model, length, rounds + 1)
    const [same, whole] = await agreeing(contenders, asked[0], reply)
    const replies: Reply[][] = contenders.map(() => [])
    for (const [round, prompt] of asked.slice(1).entries()) {
      for (const place of contenders.keys()) {
        const index = (place + round) % contenders.length
        await setTimeout(rest)
        const measured = await contenders[index]?.reply(prompt, reply)
        if (measured) replies[index]?.push(measured)
      }
    }
    const ratios = (of: (reply: Reply) => number, index: number) =>
      told(replies[0]?.map((own, round) => of(replies[index]?.[round] ?? own) / of(own)) ?? [])
    console.log(
      `${name}: prompts of ${asked[0]?.tokens.length} tokens, nano is so many times as fast\n`,
    )
    console.log(
      table(
        ['than', 'first token', 'decoding'],
        peers.map((peer, index) => [
          peer.name,
          ratios(({ first }) => first, index + 1),
          ratios(({ decoding, tokens }) => decoding / (tokens - 1), index + 1),
        ]),
      ),
    )
    console.log(
      `\nOf ${whole} tokens of the first reply ${same} are the same. In nano's KV cache were ${spread(replies[0]?.map(({ cached }) => cached) ?? []).median} tokens of a prompt: the system message.\n`,
    )
  }
  for (const contender of contenders) await contender.close()
}

/** How many tokens of a first reply all say alike: it warms up, too. */
async function agreeing(
  contenders: readonly Contender[],
  prompt: Prompt | undefined,
  maxTokens: number,
): Promise<readonly [same: number, whole: number]> {
  if (!prompt) return [0, 0]
  const replies: (readonly number[])[] = []
  // One at a time: transformers.js fetches the logits of a whole prompt, two gigabytes of them at
  // 4,096 tokens.
  for (const contender of contenders) replies.push(await contender.tokens(prompt, maxTokens))
  const [own = [], ...others] = replies
  const differs = own.findIndex((token, index) => others.some((other) => other[index] !== token))
  return [differs < 0 ? own.length : differs, own.length]
}

/** Eight requests at once and one after another, prompts included. */
async function atOnce({
  name,
  folder,
  precision,
  lengths: [short],
  reply,
  rounds,
}: Subject): Promise<void> {
  const nano = await ours({
    model: folder,
    quantisation: precision,
    device: 'cpu',
    parallel: together,
  })
  const peer = await transformers({ folder, precision })
  const speeds: Record<
    'at once' | 'one after another' | 'transformers.js, one after another',
    number[]
  > = { 'at once': [], 'one after another': [], 'transformers.js, one after another': [] }
  const asked = await prompts(nano.model, short, (rounds + 1) * 2 * together)
  for (let round = 0; round <= rounds; round++) {
    const own = asked.slice(round * 2 * together, (round + 1) * 2 * together)
    const halves = [own.slice(0, together), own.slice(together)]
    // Whoever is first has other prompts the next time, and somebody else's heat.
    const [first = [], second = []] = round % 2 === 0 ? halves : halves.toReversed()
    const ways: readonly (readonly [keyof typeof speeds, () => Promise<readonly Reply[]>])[] = [
      ['at once', () => Promise.all(first.map((prompt) => nano.reply(prompt, reply)))],
      ['one after another', () => inTurn(nano, second, reply)],
      ['transformers.js, one after another', () => inTurn(peer, second, reply)],
    ]
    for (const [kind, way] of round % 2 === 0 ? ways : ways.toReversed()) {
      const speed = await perSecond(way)
      if (round > 0) speeds[kind].push(speed)
    }
  }
  console.log(
    `${name}: ${together} requests, tokens per second in all, relative to nano's one after another\n`,
  )
  console.log(
    `${table(
      ['', 'ratio'],
      Object.entries(speeds).map(([kind, values]) => [
        kind,
        told(values.map((speed, round) => speed / (speeds['one after another'][round] ?? NaN))),
      ]),
    )}\n`,
  )
  await nano.close()
  await peer.close()
}

async function inTurn(
  contender: Contender,
  asked: readonly Prompt[],
  maxTokens: number,
): Promise<readonly Reply[]> {
  const replies = []
  for (const prompt of asked) replies.push(await contender.reply(prompt, maxTokens))
  return replies
}

async function perSecond(run: () => Promise<readonly Reply[]>): Promise<number> {
  const started = performance.now()
  const replies = await run()
  return replies.reduce((sum, { tokens }) => sum + tokens, 0) / (performance.now() - started)
}

function told(ratios: readonly number[]): string {
  const { median, least, most } = spread(ratios)
  return `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`
}
