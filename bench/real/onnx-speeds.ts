import { openOnnx } from '@nano/onnx'
import { verbatimFormat } from '../llama-cpp/verbatim-format.ts'
import type { Contender } from '../measuring/contender.ts'
import { nanoContender } from '../measuring/nano-contender.ts'
import { measureInRounds } from '../measuring/rounds.ts'
import { computeRatios, formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import { openTransformersJs } from '../onnx/transformers-js.ts'
import { openGenai } from './genai.ts'
import { buildRealWorkload, findRealFile, type RealModel, type TaskLimits } from './models.ts'
import { layOutForTransformersJs } from './transformers-folder.ts'

/** Milliseconds in which the threads of the last contender, which spin at first, fall asleep. */
const pause = 100

/** The folders of a model's exports, by their precision. */
const exports = { fp32: 'builder', int4: 'builder-int4' }

/** Prints how fast nano gives one reply after another, relative to other users of ONNX Runtime. */
export async function printOnnxSpeeds(model: RealModel, limits: TaskLimits): Promise<void> {
  if (model.onnx === undefined) return
  for (const [precision, name] of Object.entries(exports)) {
    const folder = findRealFile(`${model.onnx}/${name}`)
    await compareOnExport(`${model.name} in ${precision}`, { folder, model, limits })
  }
}

async function compareOnExport(
  title: string,
  {
    folder,
    model,
    limits,
  }: { readonly folder: string; readonly model: RealModel; readonly limits: TaskLimits },
): Promise<void> {
  const { tasksByRound } = await buildRealWorkload(model, limits)
  const contenders = await openContenders(folder)
  const [nano] = contenders
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
  const tokensOf = (contender: Contender) =>
    (replies.get(contender) ?? []).map(({ outputTokens }) => outputTokens).join(' ')
  printTable(
    `${title}, exported by onnxruntime-genai, on the CPU: nano at its defaults to each`,
    ['relative to', 'first token', 'speed of decoding', 'tokens'],
    contenders.map((contender) => [
      contender.name,
      formatSpread(computeRatios(firstTimes(nano), firstTimes(contender))),
      formatSpread(computeRatios(stepTimes(contender), stepTimes(nano))),
      tokensOf(contender),
    ]),
  )
  for (const contender of contenders) await contender.close()
}

/** nano at its defaults is the first. */
async function openContenders(folder: string): Promise<readonly [Contender, ...Contender[]]> {
  const open = { model: folder, format: verbatimFormat }
  const transformersJs = {
    folder: await layOutForTransformersJs(folder),
    precision: 'fp32',
  } as const
  return [
    nanoContender('nano', await openOnnx(open)),
    nanoContender('nano, threads: 1', await openOnnx({ ...open, threads: 1 })),
    nanoContender('nano, threads: 2', await openOnnx({ ...open, threads: 2 })),
    await openGenai(folder),
    await openGenai(folder, { threads: 1 }),
    await openGenai(folder, { threads: 2 }),
    await openTransformersJs(transformersJs, { device: 'cpu' }),
    await openTransformersJs(transformersJs, { device: 'cpu', threads: 1 }),
  ]
}
