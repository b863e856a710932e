/** Two neighbors that can become one token. */
export interface Merge {
  /** Where the left one begins. */
  readonly position: number
  /** The lowest is merged first. */
  readonly rank: number
  /** The id of both together. */
  readonly id: number
}

/** A heap that gives the merge of the lowest rank, and of those the leftmost. */
export function mergeQueue() {
  const heap: Merge[] = []

  /** Moves an entry of the heap up to where its parent is before it. */
  function rise(merge: Merge): void {
    let index = heap.push(merge) - 1
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex]
      if (!parent || isBefore(parent, merge)) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = merge
  }

  /** Puts an entry in the place of the first one, and moves it down to where it belongs. */
  function sink(merge: Merge): void {
    let index = 0
    for (;;) {
      const leftIndex = 2 * index + 1
      const [left, right] = [heap[leftIndex], heap[leftIndex + 1]]
      const [child, childIndex] =
        left && right && isBefore(right, left) ? [right, leftIndex + 1] : [left, leftIndex]
      if (!child || isBefore(merge, child)) break
      heap[index] = child
      index = childIndex
    }
    heap[index] = merge
  }

  return {
    push: rise,
    pop(): Merge | undefined {
      const [first] = heap
      const last = heap.pop()
      if (last && heap.length > 0) sink(last)
      return first
    },
  }
}

function isBefore(left: Merge, right: Merge): boolean {
  return left.rank < right.rank || (left.rank === right.rank && left.position < right.position)
}
