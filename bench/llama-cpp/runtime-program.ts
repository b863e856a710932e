import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { cacheFolder } from '@nano/chat/node'
import { runProgram, runStep } from '../../scripts/real-models/step.ts'

const include = ['include', 'ggml/include', 'common', 'src'].map((folder) => `-I${folder}`)
const linkedLibraries = /^lib(llama-common|llama\.|ggml\.|ggml-base)/

/** Programs of llama.cpp, and the folders of their sources. */
const sourceFolders = { 'llama-bench': 'llama-bench', 'llama-batched-bench': 'batched-bench' }

type Program = keyof typeof sourceFolders

/**
 * Builds a program on the prebuilt libraries of node-llama-cpp, from the sources that it carries,
 * and gives its path: what it measures are the kernels that nano has, without JavaScript. Takes
 * half a minute once. Undefined where there is no git, no g++ or no library for Linux, with the
 * reason printed.
 */
export async function buildRuntimeProgram(program: Program): Promise<string | undefined> {
  try {
    const libraries = findLibraries()
    const folder = join(cacheFolder(), `${program}-${libraries.release}`)
    await runStep({
      title: `Building ${program} on the libraries of llama.cpp ${libraries.release}`,
      output: folder,
      make: (output) => buildInto(output, program, libraries),
    })
    return join(folder, program)
  } catch (error) {
    console.log(`${program} of the runtime is left out: ${String(error)}\n`)
    return undefined
  }
}

interface RuntimeLibraries {
  /** The folder of the runtime's package. */
  readonly runtime: string
  /** The folder of its libraries. */
  readonly binFolder: string
  /** The release of llama.cpp that they are of, also where another one is compiled here. */
  readonly release: string
}

function findLibraries(): RuntimeLibraries {
  const runtime = createRequire(import.meta.url).resolve('node-llama-cpp')
  const platform = `${process.platform}-${process.arch}`
  const index = createRequire(runtime).resolve(`@node-llama-cpp/${platform}`)
  const binFolder = join(dirname(dirname(index)), 'bins', platform)
  const metadata = JSON.parse(readFileSync(join(binFolder, '_nlcBuildMetadata.json'), 'utf8')) as {
    readonly buildOptions: { readonly llamaCpp: { readonly release: string } }
  }
  const { release } = metadata.buildOptions.llamaCpp
  return { runtime: dirname(dirname(runtime)), binFolder, release }
}

async function buildInto(
  folder: string,
  program: Program,
  { runtime, binFolder }: RuntimeLibraries,
): Promise<void> {
  const names = readdirSync(binFolder).filter((name) => name.endsWith('.so'))
  mkdirSync(folder)
  // The libraries of the processors are looked for beside the program.
  for (const name of names) symlinkSync(join(binFolder, name), join(folder, name))
  const source = join(folder, 'source')
  const bundle = join(runtime, 'llama', 'gitRelease.bundle')
  await runProgram('git', ['clone', '--quiet', bundle, source])
  const linked = names.filter((name) => linkedLibraries.test(name)).map((name) => `-l:${name}`)
  const link = [`-L${binFolder}`, ...linked, '-Wl,-rpath,$ORIGIN']
  const sourceFolder = sourceFolders[program]
  const sources = [`${sourceFolder}.cpp`, 'main.cpp'].map((name) => `tools/${sourceFolder}/${name}`)
  const args = ['-O2', '-std=c++17', ...include, ...sources, '-o', join(folder, program)]
  await runProgram('g++', [...args, ...link], { cwd: source })
}
