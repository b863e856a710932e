import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** A server that runs as a process of its own. */
export interface ServerProcess {
  readonly url: string
  /** Of its first process. */
  readonly pid: number
  /** Rejects with the server's last output when it ends by itself. */
  readonly whenEnded: Promise<void>
  close(): Promise<void>
}

interface RunOptions {
  /** What is served, for messages. */
  readonly name: string
  readonly child: ChildProcess
  readonly port: number
  /** The last output. Called once, when the process has ended. */
  readOutput(): string
  /** Ends the process at once: a paused one handles no other signal. */
  kill(): void
  /** Milliseconds in which the server must be ready. */
  readonly timeout: number
  /** Ends the server, also while it starts. */
  readonly signal?: AbortSignal | undefined
}

/** Waits until a started server answers. Throws its last output where it does not. */
export async function runServer({
  name,
  child,
  port,
  readOutput,
  kill,
  timeout,
  signal,
}: RunOptions): Promise<ServerProcess> {
  const exit = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message))
    child.once('exit', (code, exitSignal) => resolve(`it ended with ${exitSignal ?? code}`))
  })
  let isRunning = true
  let isClosing = false
  const whenEnded = exit.then((reason) => {
    isRunning = false
    const output = readOutput()
    if (!isClosing) throw new Error(`${name} at port ${port}: ${reason}\n${output}`)
  })
  // A rejection that nobody waits for is no fault of this process.
  whenEnded.catch(() => {})

  const url = `http://127.0.0.1:${port}`
  const close = async () => {
    isClosing = true
    kill()
    await whenEnded.catch(() => {})
  }
  try {
    const isWaiting = () => isRunning && !signal?.aborted
    const isReady = await Promise.race([isReadyWithin(timeout, url, isWaiting), whenEnded])
    signal?.throwIfAborted()
    if (!isReady) throw new Error(`${name} was not ready within ${timeout / 1_000} seconds`)
  } catch (error) {
    await close()
    throw error
  }
  return { url, pid: child.pid ?? 0, whenEnded, close }
}

/** Resolves to whether the server answers in time, while somebody waits. */
async function isReadyWithin(
  timeout: number,
  url: string,
  isWaiting: () => boolean,
): Promise<boolean> {
  const startedAt = performance.now()
  while (isWaiting() && performance.now() - startedAt < timeout) {
    const isReady = await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

/** A port of this machine that no server listens at. */
export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
