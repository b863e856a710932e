// Starts a program so that whoever ends this process ends the program and all that it started.
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { isatty } from 'node:tty'

const forwardedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a program and resolves to its exit status: 128 and the signal's number where a signal ended
 * it, 127 where it does not start. `onOutput` receives what it writes. Without `onOutput`, it
 * shares this process's input and output.
 */
export function runProgram(command, args, { onOutput, ...options }) {
  const stdio = onOutput ? ['ignore', 'pipe', 'pipe'] : 'inherit'
  const child = spawn(command, args, { ...options, stdio })
  if (onOutput) for (const stream of [child.stdout, child.stderr]) stream.on('data', onOutput)
  const stopForwarding = forwardSignals(child)
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`)
      stopForwarding()
      resolve(127)
    })
    // `close` comes after the last output. After a signal, a program that is left behind may keep
    // the output open.
    for (const event of ['exit', 'close'])
      child.on(event, (code, signal) => {
        if (event === 'exit' && signal === null) return
        stopForwarding()
        resolve(code ?? statusOf(signal))
      })
  })
}

/**
 * Passes signals on to the child, so that it can end what it started in its own order. When it has
 * exited, what it left running receives the signal too.
 */
function forwardSignals(child) {
  const leftBehind = new Map()
  const forward = (signal) => {
    // A terminal sends Ctrl-C to every process in it; a second one would mean something else.
    if (signal === 'SIGINT' && [0, 1, 2].some(isatty)) return
    for (const pid of descendantsOf(child.pid)) leftBehind.set(pid, signal)
    child.kill(signal)
  }
  child.on('exit', () => {
    for (const [pid, signal] of leftBehind) killIfAlive(pid, signal)
  })
  for (const signal of forwardedSignals) process.on(signal, forward)
  return () => {
    for (const signal of forwardedSignals) process.off(signal, forward)
  }
}

function killIfAlive(pid, signal) {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}

function statusOf(signal) {
  return 128 + constants.signals[signal]
}

/** The ids of the processes that a process started, and of those that they started. */
function descendantsOf(pid) {
  const parents = readParents()
  const isDescendant = (id) => {
    for (let parent = parents.get(id); parent > 1; parent = parents.get(parent))
      if (parent === pid) return true
    return false
  }
  return [...parents.keys()].filter(isDescendant)
}

/** Each process's parent. Empty on Windows, where a console's end reaches every process in it. */
function readParents() {
  if (process.platform === 'win32') return new Map()
  if (process.platform === 'linux') return readParentsFromProc()
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  return new Map(
    (stdout ?? '')
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number)),
  )
}

/** Small images of Linux come without `ps`. */
function readParentsFromProc() {
  const parents = new Map()
  for (const name of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      // `pid (name) state parent …`, where the name may hold anything.
      const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').split(/.*\) /s)[1].split(' ')
      parents.set(Number(name), Number(parent))
    } catch {
      // It has ended since the folder was read.
    }
  }
  return parents
}
