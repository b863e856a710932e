// Installs and builds what is missing, then runs a command on the repository's own Node.
// It runs before anything is installed, on whatever Node there is: 18 or later, no dependencies.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from './run/spawn.mjs'

const pnpm = 'pnpm@12.21.0'
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const isWindows = process.platform === 'win32'
const ownNode = join(root, 'node_modules', 'node', 'bin', isWindows ? 'node.exe' : 'node')
const stampFolder = join(root, 'node_modules', '.cache', 'nano')
const environment = {
  ...process.env,
  PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH,
  // Programs compile the same sources again and again.
  NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled'),
}

await runStep('Installing', {
  name: 'install',
  inputs: [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'package.json',
    ...pathsInPackages('package.json'),
  ],
  args: ['install', '--frozen-lockfile'],
  outputs: [join('node_modules', '.bin')],
})
await runStep('Building', {
  name: 'build',
  inputs: [
    ...pathsInPackages('package.json'),
    ...pathsInPackages('tsup.config.ts'),
    ...pathsInPackages('src').flatMap(listFiles),
    'tsconfig.base.json',
    'pnpm-lock.yaml',
  ],
  args: ['-r', 'build'],
  outputs: pathsInPackages('package.json').map((path) => join(dirname(path), 'dist')),
})
process.exitCode = await runCommand(process.argv.slice(2))

/**
 * Runs pnpm unless none of its inputs has changed since its last success, and all its outputs are
 * there.
 */
async function runStep(title, { name, inputs, args, outputs }) {
  const stamp = join(stampFolder, name)
  const digest = digestOf(inputs)
  const isComplete = outputs.every((path) => existsSync(join(root, path)))
  if (isComplete && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return

  const startedAt = Date.now()
  const output = []
  const exitStatus = runProgram('npx', ['-y', pnpm, ...args], {
    cwd: root,
    env: { ...environment, CI: 'true', npm_config_yes: 'true' },
    shell: isWindows,
    onOutput: (chunk) => output.push(chunk),
  })
  process.stderr.write(`${title}… `)
  const status = await exitStatus
  if (status !== 0) {
    const advice = 'the lines above say why. It needs npm and a registry it can reach.'
    process.stderr.write(`failed.\n${Buffer.concat(output)}\n${title} failed; ${advice}\n`)
    process.exit(status)
  }
  mkdirSync(stampFolder, { recursive: true })
  writeFileSync(stamp, digest)
  process.stderr.write(`${((Date.now() - startedAt) / 1000).toFixed(0)} s\n`)
}

/** Resolves to the exit status. Without a command, there is nothing left to do: status 0. */
function runCommand([command, ...args]) {
  if (command === undefined) return 0
  // Node is started directly: a shell would split the user's question into words.
  const isNode = command === 'node'
  return runProgram(isNode ? ownNode : command, args, {
    cwd: root,
    env: environment,
    shell: isWindows && !isNode,
  })
}

function digestOf(paths) {
  const hash = createHash('sha256')
  for (const path of [...paths].sort()) hash.update(path).update(readFileSync(join(root, path)))
  return hash.digest('hex')
}

function pathsInPackages(name) {
  return readdirSync(join(root, 'packages'))
    .map((folder) => join('packages', folder, name))
    .filter((path) => existsSync(join(root, path)))
}

function listFiles(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? listFiles(path) : [path]
  })
}
