import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes of objects and buffers in use, after a collection. */
export function measureHeap(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Bytes of the whole process, what native libraries hold included, after a collection. */
export function measureProcessMemory(): number {
  collectGarbage()
  return process.memoryUsage.rss()
}
