interface ThreadSearch {
  /** The most threads that are tried. */
  readonly maxThreads: number
  /** Milliseconds of runs after which no other round of them begins. */
  readonly budget: number
  /** Computes steps with so many threads, at least one. */
  readonly run: (threads: number) => Promise<ThreadRun>
}

/** Some steps of a search. */
export interface ThreadRun {
  readonly steps: number
  /** Milliseconds of all of them together. */
  readonly time: number
}

interface Candidate {
  readonly threads: number
  steps: number
  time: number
}

/** Half the threads are at most so much slower; beyond, a count and smaller ones are given up. */
const hopelessRatio = 2
/** Fewer threads are taken where they are slower by less: others can use the cores. */
const negligibleRatio = 1.03

/** The numbers of threads that a search tries, the largest first. */
export function threadCandidates(maxThreads: number): readonly number[] {
  const candidates = []
  for (let threads = maxThreads; threads >= 1; threads = Math.floor(threads / 2))
    candidates.push(threads)
  return candidates
}

/**
 * Finds the number of threads with which a step is fastest, among `maxThreads`, half of them, a
 * quarter… and one. Means are compared, not the quickest steps: with too many threads most steps
 * are quick, and a few wait long for a thread that has no core.
 */
export async function findFastestThreads({
  maxThreads,
  budget,
  run,
}: ThreadSearch): Promise<number> {
  let spentTime = 0
  let candidates: Candidate[] = []
  for (const threads of threadCandidates(maxThreads)) {
    const candidate = { threads, time: 0, steps: 0 }
    await measure(candidate)
    candidates.push(candidate)
    if (isHopeless(candidate)) break
  }
  for (;;) {
    candidates = candidates.filter((candidate) => !isHopeless(candidate))
    if (candidates.length === 1 || spentTime >= budget) break
    for (const candidate of candidates) await measure(candidate)
  }
  const shortest = shortestStep()
  const fastEnough = candidates.filter(
    (candidate) => stepOf(candidate) <= shortest * negligibleRatio,
  )
  return fastEnough.at(-1)?.threads ?? maxThreads

  async function measure(candidate: Candidate): Promise<void> {
    const { steps, time } = await run(candidate.threads)
    candidate.steps += steps
    candidate.time += time
    spentTime += time
  }

  function shortestStep(): number {
    return Math.min(...candidates.map(stepOf))
  }

  function isHopeless(candidate: Candidate): boolean {
    return stepOf(candidate) > shortestStep() * hopelessRatio
  }
}

/** Milliseconds. */
function stepOf({ time, steps }: Candidate): number {
  return time / steps
}
