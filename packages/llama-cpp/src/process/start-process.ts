import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { findProgram } from '@nano/chat/node'
import { NanoError } from '@nano/core'

/** A process that has been started, or failed to. */
interface StartedProcess {
  readonly child: ChildProcess
  /** Resolves to the reason. */
  readonly ended: Promise<string>
  /** Says whether the app's process stays alive for it. It does not at first. */
  keepApp(isNeeded: boolean): void
  /** What it has written as errors since the last call, in short. */
  readOutput(): string
}

/** Characters that are kept of what the process writes. */
const maxOutput = 10_000
/** Characters of it that a message has. */
const shownOutput = 500

/**
 * Starts the process of an engine. Node's pool has one thread there, which takes all steps of the
 * model, so that its core is known as busy: Linux starts the other threads of a step on other cores
 * then. Throws `unavailable`.
 */
export function startProcess(): StartedProcess {
  const child = forkEngine()
  // A message that cannot be sent, and a process that cannot be started.
  child.on('error', () => child.kill('SIGKILL'))
  const { channel } = child
  const errors = child.stderr as Socket
  let output = ''
  errors.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < maxOutput) output += text
  })
  const keepApp = (isNeeded: boolean) => {
    const method = isNeeded ? 'ref' : 'unref'
    for (const handle of [child, channel, errors]) handle?.[method]?.()
  }
  keepApp(false)
  return {
    child,
    ended: waitForEnd(child, errors),
    keepApp,
    readOutput() {
      if (output === '') return ''
      const text = withoutStack(output).slice(0, shownOutput)
      output = ''
      return text
    },
  }
}

function forkEngine(): ChildProcess {
  const { url, execArgv } = findProgram({
    name: 'serve-engine',
    module: import.meta.url,
    adapter: 'llama-cpp',
    alternative: 'set ownProcess: false',
  })
  try {
    return fork(fileURLToPath(url), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [...execArgv],
      env: {
        ...process.env,
        UV_THREADPOOL_SIZE: '1',
        ELECTRON_RUN_AS_NODE: '1',
        // It would wait for a debugger of its own.
        NODE_OPTIONS: process.env['NODE_OPTIONS']?.replaceAll(/--inspect\S*/g, ''),
      },
    })
  } catch (cause) {
    throw startError(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

/** The rest of what it has written comes after `exit`. After `disconnect()` there is no `close`. */
async function waitForEnd(child: ChildProcess, errors: Socket): Promise<string> {
  try {
    const [[code, signal]] = await Promise.all([once(child, 'exit'), once(errors, 'close')])
    return String(signal ?? `exit code ${code}`)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

export function startError(reason: string, cause?: unknown): NanoError {
  return new NanoError(
    'unavailable',
    `llama-cpp: no process can be started for the model (${reason}). Set ownProcess: false to ` +
      'load it into this one.',
    { cause },
  )
}

/** What a process has written, in one line, without what only its makers read. */
function withoutStack(output: string): string {
  const lines = output.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '' && !/^(?:at |#\d|node:)/.test(line)).join(' | ')
}
