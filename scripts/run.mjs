// Installs and builds what is missing, then runs a command on the repository's own Node.
// It runs before anything is installed, on whatever Node there is: 18 or later, no dependencies.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const pnpm = 'pnpm@12.21.0'
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const windows = process.platform === 'win32'
const ownNode = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node')
const stamps = join(root, 'node_modules', '.cache', 'nano')
const environment = {
  ...process.env,
  PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH,
}

step('Installing', {
  name: 'install',
  inputs: ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...inPackages('package.json')],
  args: ['install', '--frozen-lockfile'],
  whole: existsSync(join(root, 'node_modules', '.bin')),
})
step('Building', {
  name: 'build',
  inputs: [
    ...inPackages('package.json'),
    ...inPackages('tsup.config.ts'),
    ...inPackages('src').flatMap(files),
    'tsconfig.base.json',
    'pnpm-lock.yaml',
  ],
  args: ['-r', 'build'],
  whole: inPackages('package.json').every((path) => existsSync(join(root, dirname(path), 'dist'))),
})
await run(process.argv.slice(2))

/**
 * Runs pnpm unless nothing of its inputs has changed since it last succeeded, and what it made is
 * still whole.
 */
function step(doing, { name, inputs, args, whole }) {
  const stamp = join(stamps, name)
  const state = digest(inputs)
  if (whole && existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return

  const started = Date.now()
  process.stderr.write(`${doing}… `)
  const { status, stdout, stderr } = spawnSync('npx', ['-y', pnpm, ...args], {
    cwd: root,
    env: { ...environment, CI: 'true', npm_config_yes: 'true' },
    encoding: 'utf8',
    shell: windows,
    maxBuffer: 1 << 28,
  })
  if (status !== 0) {
    process.stderr.write(
      `failed.\n${stdout ?? ''}${stderr ?? ''}\n${doing} failed; the lines above say why. It needs npm and a registry it can reach.\n`,
    )
    process.exit(status ?? 1)
  }
  mkdirSync(stamps, { recursive: true })
  writeFileSync(stamp, state)
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(0)} s\n`)
}

/**
 * Runs the command in the caller's terminal. Ctrl-C reaches it directly; here it is only waited
 * for.
 */
function run([command, ...args]) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
  // Node is started directly: a shell would take the user's question apart.
  const node = command === 'node'
  const child = spawn(node ? ownNode : command, args, {
    cwd: root,
    env: environment,
    stdio: 'inherit',
    shell: windows && !node,
  })
  return new Promise(() => {
    child.on('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`)
      process.exit(1)
    })
    child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
}

function digest(paths) {
  const hash = createHash('sha256')
  for (const path of [...paths].sort()) hash.update(path).update(readFileSync(join(root, path)))
  return hash.digest('hex')
}

function inPackages(name) {
  return readdirSync(join(root, 'packages'))
    .map((folder) => join('packages', folder, name))
    .filter((path) => existsSync(join(root, path)))
}

function files(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? files(path) : [path]
  })
}
