import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { cacheFolder } from '@nano/chat/node'
import { getLlama } from 'node-llama-cpp'
import { runProgram, runStep } from '../../scripts/real-models/step.ts'

const include = ['include', 'ggml/include', 'common', 'src'].map((folder) => `-I${folder}`)
const sources = ['tools/llama-bench/llama-bench.cpp', 'tools/llama-bench/main.cpp']
const libraries = /^lib(llama-common|llama\.|ggml\.|ggml-base)/

/**
 * Builds llama-bench on the very libraries of node-llama-cpp, from the sources that it carries, and
 * gives its path: what it measures are the kernels that nano has, without JavaScript. Takes half a
 * minute once. Undefined where there is no git, no g++ or no library for Linux, with the reason
 * printed.
 */
export async function buildRuntimeLlamaBench(): Promise<string | undefined> {
  const llama = await getLlama({ build: 'never', gpu: false, progressLogs: false })
  const { release } = llama.llamaCppRelease
  await llama.dispose()
  const folder = join(cacheFolder(), `llama-bench-${release}`)
  try {
    await runStep({
      title: `Building llama-bench on the libraries of llama.cpp ${release}`,
      output: folder,
      make: buildInto,
    })
    return join(folder, 'llama-bench')
  } catch (error) {
    console.log(`llama-bench of the runtime is left out: ${String(error)}\n`)
    return undefined
  }
}

async function buildInto(folder: string): Promise<void> {
  const runtime = createRequire(import.meta.url).resolve('node-llama-cpp')
  const platform = `${process.platform}-${process.arch}`
  const index = createRequire(runtime).resolve(`@node-llama-cpp/${platform}`)
  const binFolder = join(dirname(dirname(index)), 'bins', platform)
  const names = readdirSync(binFolder).filter((name) => name.endsWith('.so'))
  mkdirSync(folder)
  // The libraries of the processors are looked for beside the program.
  for (const name of names) symlinkSync(join(binFolder, name), join(folder, name))
  const source = join(folder, 'source')
  const bundle = join(dirname(dirname(runtime)), 'llama', 'gitRelease.bundle')
  await runProgram('git', ['clone', '--quiet', bundle, source])
  const linked = names.filter((name) => libraries.test(name)).map((name) => `-l:${name}`)
  const link = [`-L${binFolder}`, ...linked, '-Wl,-rpath,$ORIGIN']
  const args = ['-O2', '-std=c++17', ...include, ...sources, '-o', join(folder, 'llama-bench')]
  await runProgram('g++', [...args, ...link], { cwd: source })
}
