import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isLongRun } from './shared/long-run.ts'
import { findNode } from './shared/find-node.ts'

const root = mkdtempSync(join(tmpdir(), 'nano-run-'))
afterAll(() => rmSync(root, { recursive: true }))

const programs: ChildProcess[] = []
afterEach(() => {
  for (const program of programs.splice(0)) program.kill('SIGKILL')
})

/** Prints its port, and outlives a shell that a signal ends. */
const server = `
const server = require('node:http').createServer((_, response) => response.end('here'))
server.listen(0, '127.0.0.1', () => console.log('listening', server.address().port))
setTimeout(() => process.exit(), 30_000)
`
/** Stands for npx: notes what it is asked for, and does what INSTALL says. */
const npx = `#!/bin/sh
echo "$@" >> npx.log
mkdir -p node_modules/.bin packages/one/dist
eval "$INSTALL"
`

/** A repository of one package with a copy of the script. */
beforeAll(() => {
  for (const folder of ['bin', 'node_modules/node/bin', 'packages/one/src'])
    mkdirSync(join(root, folder), { recursive: true })
  cpSync('scripts', join(root, 'scripts'), { recursive: true })
  symlinkSync(process.execPath, join(root, 'node_modules/node/bin/node'))
  writeFileSync(join(root, 'bin/npx'), npx)
  chmodSync(join(root, 'bin/npx'), 0o755)
  writeFileSync(join(root, 'server.cjs'), server)
  for (const file of [
    'package.json',
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'tsconfig.base.json',
    'packages/one/package.json',
    'packages/one/tsup.config.ts',
    'packages/one/src/index.ts',
  ])
    writeFileSync(join(root, file), '')
})

describe('scripts/run.mjs', () => {
  it('exits with the status of an install that fails, and shows what it wrote', async () => {
    const { status, stderr } = await finish(
      start(['node', '-e', ''], { INSTALL: 'echo no; exit 7' }),
    )
    expect(status).toBe(7)
    expect(stderr).toMatch(
      /^Installing… failed\.\nno\n\nInstalling failed; the lines above say why/,
    )
  })
  it('installs and builds what is missing, once, and runs nothing without a command', async () => {
    const { status, stderr } = await finish(start([]))
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^Installing… \d+ s\nBuilding… \d+ s\n$/),
    })
    expect(existsSync(join(root, 'npx.log'))).toBe(true)
    expect(await finish(start([]))).toEqual({ status: 0, stdout: '', stderr: '' })
  })
  it('exits with the status of its command', async () => {
    expect(await finish(start(['node', '-e', 'process.exit(3)']))).toMatchObject({ status: 3 })
    expect(await finish(start(['no-such-program']))).toMatchObject({
      status: 127,
      stderr: expect.stringContaining('no-such-program'),
    })
  })
  it.each([
    { signal: 'SIGTERM', status: 143 },
    { signal: 'SIGINT', status: 130 },
    { signal: 'SIGHUP', status: 129 },
  ] as const)('passes $signal on to a server that it runs', async ({ signal, status }) => {
    const program = start(['node', 'server.cjs'])
    const { port } = await waitForServer(program)
    program.kill(signal)
    expect(await finish(program)).toMatchObject({ status })
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow('fetch failed')
  })
  it('leaves no server running that a shell in between started', async () => {
    const program = start(['sh', '-c', 'node server.cjs; echo never'])
    const { port } = await waitForServer(program)
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('here')
    program.kill('SIGTERM')
    expect(await finish(program)).toMatchObject({ status: 143 })
    await expect
      .poll(() => fetch(`http://127.0.0.1:${port}`).then(String, (error) => String(error)))
      .toContain('fetch failed')
  })
  it('lets its command end in its own way, and exits as it does', async () => {
    const gracefulProgram = "process.on('SIGTERM', () => { console.log('saved'); process.exit(0) })"
    const program = start(['node', '-e', `${gracefulProgram};${server}`])
    await waitForServer(program)
    program.kill('SIGTERM')
    expect(await finish(program)).toMatchObject({ status: 0, stdout: 'saved\n' })
  })
  it('ends an install at a signal', async () => {
    rmSync(join(root, 'node_modules/.cache'), { recursive: true })
    const program = start([], { INSTALL: 'exec sleep 60' })
    await once(program.stderr!, 'data')
    program.kill('SIGTERM')
    expect(await finish(program)).toMatchObject({ status: 143 })
  })
})

describe.skipIf(!isLongRun)(
  `scripts/run.mjs on an old Node${isLongRun ? '' : ' [only in npm run test:long]'}`,
  () => {
    it.each(['18', '20'])('starts on Node %s', async (line) => {
      const { path, missing } = await findNode(line)
      expect(missing).toBeUndefined()
      const program = start(['node', '-p', '6 * 7'], { INSTALL: 'true' }, path)
      expect(await finish(program)).toMatchObject({ status: 0, stdout: '42\n' })
    })
  },
)

function start(
  command: readonly string[],
  environment: Readonly<Record<string, string>> = { INSTALL: 'true' },
  node = process.execPath,
): ChildProcess {
  const program = spawn(node, ['scripts/run.mjs', ...command], {
    cwd: root,
    env: { ...process.env, PATH: join(root, 'bin') + delimiter + process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  programs.push(program)
  return program
}

async function waitForServer(program: ChildProcess): Promise<{ readonly port: number }> {
  const [line] = (await once(program.stdout!, 'data')) as [Buffer]
  const [, port] = /^listening (\d+)/.exec(line.toString()) ?? expect.fail(line.toString())
  return { port: Number(port) }
}

async function finish(program: ChildProcess) {
  const [stdout, stderr, [status]] = await Promise.all([
    text(program.stdout!),
    text(program.stderr!),
    once(program, 'exit') as Promise<[number]>,
  ])
  return { status, stdout, stderr }
}
