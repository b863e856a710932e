import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { findFreePort } from '../../../../scripts/serve/run-server.ts'

const program = process.env['REDIS_SERVER'] ?? 'redis-server'

/** Why there is no redis-server; empty where there is one. */
export const redisSkipReason =
  spawnSync(program, ['--version']).status === 0
    ? ''
    : " (no redis-server: install Debian's package redis-server, or name one with REDIS_SERVER)"

interface RedisServer {
  readonly url: string
  readonly child: ChildProcess
  /** Ends the server at once, wherever it is. */
  kill(): Promise<void>
}

/** Starts a Redis server that keeps nothing on the disk. */
export async function startRedis(): Promise<RedisServer> {
  const port = await findFreePort()
  const child = spawn(program, ['--port', `${port}`, '--save', '', '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  for await (const chunk of child.stdout) {
    output += String(chunk)
    if (output.includes('Ready to accept connections')) break
  }
  if (child.exitCode !== null) throw new Error(`redis-server ended: ${output}`)
  const exit = once(child, 'exit')
  return {
    url: `redis://127.0.0.1:${port}`,
    child,
    async kill() {
      child.kill('SIGKILL')
      await exit
    },
  }
}
