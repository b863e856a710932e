// A process of its own, so that only one reader's objects are in the heap. Prints, as JSON, the
// bytes in use after each of the given numbers of parts of one stream.
import { measureHeap } from '../measuring/memory.ts'
import { type ReaderName, streamReaders } from './streams.ts'

const [reader, ...marks] = process.argv.slice(2)
const counts = new Set(marks.map(Number))
const heaps: number[] = []
await streamReaders[reader as ReaderName](Math.max(...counts) + 1, (count) => {
  if (counts.has(count)) heaps.push(measureHeap())
})
console.log(JSON.stringify(heaps))
