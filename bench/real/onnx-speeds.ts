import { openOnnx } from '@nano/onnx'
import type { Contender } from '../measuring/contender.ts'
import { nanoContender } from '../measuring/nano-contender.ts'
import { measureInRounds } from '../measuring/rounds.ts'
import { computeRatios, formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import { verbatimFormat } from '../llama-cpp/verbatim-format.ts'
import { openGenai } from './genai.ts'
import { buildRealWorkload, findRealFile, type RealModel, type TaskLimits } from './models.ts'

/** Milliseconds in which the threads of the last contender, which spin at first, fall asleep. */
const pause = 100

/** Prints how fast nano gives one reply after another, relative to onnxruntime-genai. */
export async function printOnnxSpeeds(model: RealModel, limits: TaskLimits): Promise<void> {
  if (model.onnx === undefined) return
  const folder = findRealFile(model.onnx)
  const { tasksByRound } = await buildRealWorkload(model, limits)
  const open = { model: folder, format: verbatimFormat }
  const nano = nanoContender('nano', await openOnnx(open))
  const otherThreads: Contender[] = [
    nanoContender('nano, threads: 1', await openOnnx({ ...open, threads: 1 })),
    nanoContender('nano, threads: 2', await openOnnx({ ...open, threads: 2 })),
  ]
  const peers = [
    await openGenai(folder),
    await openGenai(folder, { threads: 1 }),
    await openGenai(folder, { threads: 2 }),
  ]
  const contenders = [nano, ...otherThreads, ...peers]
  const replies = await measureInRounds(
    contenders,
    { rounds: limits.rounds, warmUpRounds: 1, pause },
    (contender, round) => {
      const [task] = tasksByRound[round] ?? []
      if (!task) throw new Error('there are fewer tasks than rounds')
      return contender.generate(task)
    },
  )
  const firstTimes = (contender: Contender) =>
    (replies.get(contender) ?? []).map(({ firstTokenTime = NaN }) => firstTokenTime)
  const stepTimes = (contender: Contender) =>
    (replies.get(contender) ?? []).map(
      ({ decodeTime, outputTokens }) => decodeTime / (outputTokens - 1),
    )
  printTable(
    `${model.name} of onnxruntime-genai's builder on the CPU: nano's defaults to each`,
    ['relative to', 'first token', 'speed of decoding'],
    contenders.map((contender) => [
      contender.name,
      formatSpread(computeRatios(firstTimes(nano), firstTimes(contender))),
      formatSpread(computeRatios(stepTimes(contender), stepTimes(nano))),
    ]),
  )
  for (const contender of contenders) await contender.close()
}
