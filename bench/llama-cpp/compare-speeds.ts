import { statSync } from 'node:fs'
import { openLlamaCpp } from '@nano/llama-cpp'
import type { Contender, Task } from '../measuring/contender.ts'
import { nanoContender } from '../measuring/nano-contender.ts'
import { measureDecodeSpeed, measureThroughput, type SpeedMeasurement } from '../measuring/speed.ts'
import { computeMedian } from '../measuring/spread.ts'
import { openAtDefaultsAndBest } from './best-settings.ts'
import { llamaBenchContender } from './llama-bench.ts'
import { findServerFor, llamaServerContender } from './llama-server.ts'
import { type Gpu, loadWeights, nodeLlamaCppContender } from './node-llama-cpp.ts'
import type { ContextSettings } from './settings.ts'
import { measureSpeeds, printSpeeds, printSettingsVerdict } from './speed-rounds.ts'
import { verbatimFormat } from './verbatim-format.ts'
import { taskContextLength, type Workload } from './workloads.ts'

interface ComparisonOptions {
  readonly gpu: Gpu | 'auto'
  /** Requests at once. */
  readonly streams: number
  /** What llama-bench is measured, by the name of its build: it shows what the kernels do. */
  readonly llamaBenches?: Readonly<Record<string, string | undefined>>
  /** The memory bandwidth of the GPU, in GB/s; absent where it is not known. */
  readonly bandwidth?: number | undefined
}

/** Puts all contenders on the device that nano takes for `gpu`, and gives that device. */
export async function compareSpeeds(
  workload: Workload,
  { gpu, streams, bandwidth, llamaBenches = {} }: ComparisonOptions,
): Promise<string> {
  const { name, path, tasksByRound, singleStreamTasks } = workload
  const measureSpeed = (contender: Contender, tasks: readonly Task[]) =>
    streams === 1
      ? measureDecodeSpeed(contender, tasks.slice(0, singleStreamTasks))
      : measureThroughput(contender, tasks, streams)

  const model = await openLlamaCpp({
    model: path,
    device: gpu,
    contextLength: taskContextLength,
    parallel: streams,
    format: verbatimFormat,
  })
  const device = model.info.device ?? 'cpu'
  const nano = nanoContender(gpu === 'auto' ? 'nano, auto' : `nano, device: ${gpu}`, model)
  const [, firstTasks = []] = tasksByRound
  const openAll = (open: (settings: ContextSettings) => Promise<Contender>) =>
    openAtDefaultsAndBest({ open, measureSpeed, tasks: firstTasks.slice(0, streams) })

  const program = findServerFor(device)
  const servers: Contender[] = []
  // Before the weights of node-llama-cpp are loaded, because each server brings its own.
  if (program !== undefined)
    servers.push(
      ...(await openAll((settings) =>
        llamaServerContender(
          { program, model: path, device, slots: streams, contextLength: taskContextLength },
          settings,
        ),
      )),
    )
  const weights = await loadWeights(path, device)
  const nodeLlamaCpp = await openAll((settings) =>
    nodeLlamaCppContender(weights, {
      contextSize: taskContextLength,
      sequences: streams,
      ...settings,
    }),
  )
  // It has one stream.
  const builds = streams === 1 ? Object.entries(llamaBenches) : []
  for (const [build, program] of builds)
    if (program !== undefined)
      servers.push(
        ...(await openAll(async (settings) =>
          llamaBenchContender({ build, program, model: path }, settings),
        )),
      )

  const contenders = [nano, ...nodeLlamaCpp, ...servers]
  const results = await measureSpeeds(contenders, tasksByRound, measureSpeed)
  const work = streams === 1 ? 'one stream, prompts left out' : `${streams} streams with prompts`
  printSpeeds(`Tokens per second of ${name} on ${device}: ${work}`, {
    nano,
    nodeLlamaCpp,
    servers,
    results,
  })
  printSettingsVerdict({ nano, nodeLlamaCpp, servers, results })
  if (bandwidth !== undefined && streams === 1 && device !== 'cpu')
    printBandwidthShare(results.get(nano) ?? [], { bytes: statSync(path).size, bandwidth })
  for (const contender of contenders) await contender.close()
  await weights.dispose()
  return device
}

/** Decoding one stream reads all weights for each token, so the share is how well a GPU is used. */
function printBandwidthShare(
  speeds: readonly SpeedMeasurement[],
  { bytes, bandwidth }: { readonly bytes: number; readonly bandwidth: number },
): void {
  const tokensPerSecond = computeMedian(speeds.map((speed) => speed.tokensPerSecond))
  const share = (tokensPerSecond * bytes) / (bandwidth * 1e9)
  console.log(`nano reads the weights with ${share.toFixed(2)} of the memory bandwidth.\n`)
}
