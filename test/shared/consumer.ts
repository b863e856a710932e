import { execFile, type ExecFileException, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { packTarballs } from './tarballs.ts'

/** A project of somebody who uses the packages, as npm installs it from their tarballs. */
export interface ConsumerOptions {
  readonly folder: string
  /** Packages of this repository, without their scope; what they depend on comes with them. */
  readonly packages: readonly string[]
  /** What else comes from npm, as a manifest names it. */
  readonly dependencies?: Readonly<Record<string, string>>
  /** Contents by path. */
  readonly files?: Readonly<Record<string, string>>
}

/** Native runtimes, which are linked from here: they are hundreds of megabytes. */
const runtimes = {
  'llama-cpp': 'node_modules/node-llama-cpp',
  onnx: 'packages/onnx/node_modules/onnxruntime-node',
}

/** Installs without running scripts, and without peers but for the native runtimes. */
export async function installConsumer(options: ConsumerOptions): Promise<void> {
  const { folder, dependencies = {}, files = {} } = options
  const packages = withDependencies(options.packages)
  const tarballs = await packTarballs()
  writeFiles(folder, {
    'package.json': JSON.stringify({
      private: true,
      type: 'module',
      dependencies: {
        ...Object.fromEntries(
          packages.map((name) => [`@nano/${name}`, `file:${tarballs.get(name)}`]),
        ),
        ...dependencies,
      },
    }),
    ...files,
  })
  await installFromNpm(folder)
  for (const [name, path] of Object.entries(runtimes))
    if (packages.includes(name)) linkPackage(folder, path)
}

/** Runs `npm install` with a cache that outlives the test. */
export async function installFromNpm(folder: string): Promise<void> {
  const cache = resolve('node_modules/.cache/npm')
  const npmOptions = ['--no-audit', '--no-fund', '--prefer-offline', '--cache', cache]
  await run('npm', ['install', '--legacy-peer-deps', '--ignore-scripts', ...npmOptions], {
    cwd: folder,
  })
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

interface RunOptions {
  readonly cwd: string
  /** Milliseconds. */
  readonly timeout?: number
}

/** Gives what the program printed. Throws, with all of it, when it fails. */
export function run(
  program: string,
  args: readonly string[],
  { cwd, timeout = 300_000 }: RunOptions,
): Promise<string> {
  return new Promise((fulfill, reject) => {
    execFile(program, args, { cwd, timeout, env: environment() }, (error, stdout, stderr) => {
      if (error) reject(withOutput(error, stdout + stderr))
      else fulfill(stdout)
    })
  })
}

function withOutput(error: ExecFileException, output: string): Error {
  return new Error(`${error.cmd} ended with ${error.signal ?? error.code}:\n${output}`)
}

export interface RunningProgram {
  /** What the first group of `ready` matched. */
  readonly port: string
  /** Ends it with all that it started. */
  close(): Promise<void>
}

interface StartOptions extends RunOptions {
  /** Found in the output once the program listens; its first group is the port. */
  readonly readyPattern: RegExp
}

/** Starts a server, and waits until it says that it listens. */
export async function start(
  program: string,
  args: readonly string[],
  { cwd, readyPattern, timeout = 60_000 }: StartOptions,
): Promise<RunningProgram> {
  // In a process group of its own, which can be ended as a whole.
  const child = spawn(program, args, { cwd, env: environment(), detached: true })
  const exit = once(child, 'exit')
  const close = async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    await exit
  }
  let output = ''
  try {
    const port = await new Promise<string>((resolve, reject) => {
      const fail = () => reject(new Error(`${program} does not listen:\n${output}`))
      const timer = setTimeout(fail, timeout)
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => {
          output += chunk.toString()
          const port = readyPattern.exec(output)?.[1]
          if (port === undefined) return
          clearTimeout(timer)
          resolve(port)
        })
      child.once('error', reject)
      child.once('exit', fail)
    })
    return { port, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Bundlers behave as in a user's terminal, not as in a test runner. */
function environment(): NodeJS.ProcessEnv {
  const runner = { NODE_ENV: undefined, NODE_OPTIONS: undefined, VITEST: undefined }
  return { ...process.env, ...runner, NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1' }
}

/** The packages with those of this repository that they depend on. */
function withDependencies(names: readonly string[]): readonly string[] {
  const packageNames = new Set(names)
  // The set grows while it is walked.
  for (const name of packageNames) {
    const manifest = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8')) as {
      readonly dependencies?: Readonly<Record<string, string>>
    }
    for (const dependency of Object.keys(manifest.dependencies ?? {}))
      if (dependency.startsWith('@nano/')) packageNames.add(dependency.slice('@nano/'.length))
  }
  return [...packageNames]
}

function linkPackage(folder: string, path: string): void {
  const target = realpathSync(path)
  symlinkSync(target, join(folder, 'node_modules', path.split('/').at(-1) ?? ''))
}
