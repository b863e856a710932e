import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

interface Step {
  /** What it does, such as `Converting SmolLM2 to ONNX`. */
  readonly title: string
  /** The file or folder that it makes. */
  readonly output: string
  /** Makes it at another path, which takes the name of the output when it is complete. */
  readonly make: (path: string) => Promise<void> | void
}

/** Does a step unless its output is there. After a failure or an abort there is none. */
export async function runStep({ title, output, make }: Step): Promise<void> {
  if (existsSync(output)) return
  const part = `${output}.part`
  rmSync(part, { recursive: true, force: true })
  mkdirSync(dirname(output), { recursive: true })
  await showProgress(title, async () => make(part))
  renameSync(part, output)
}

/** Writes what is being done, a dot every ten seconds, and how long it took. */
export async function showProgress<T>(title: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  process.stderr.write(`${title}… `)
  const timer = setInterval(() => process.stderr.write('.'), 10_000)
  try {
    const result = await work()
    process.stderr.write(` ${((performance.now() - startedAt) / 1_000).toFixed(0)} s\n`)
    return result
  } catch (error) {
    process.stderr.write(' failed.\n')
    throw error
  } finally {
    clearInterval(timer)
  }
}

interface ProgramOptions {
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** Runs a program. Throws the end of its output where it fails. */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, environment = {} }: ProgramOptions = {},
): Promise<void> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    ...(cwd !== undefined && { cwd }),
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = `${output}${chunk}`.slice(-4_000)))
  return new Promise((resolve, reject) => {
    const fail = (reason: string) =>
      reject(new Error(`${[program, ...args].join(' ')} failed: ${reason}\n${output}`))
    child.once('error', ({ message }) => fail(message))
    child.once('close', (code) => (code === 0 ? resolve() : fail(`it ended with ${code}`)))
  })
}
