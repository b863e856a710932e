/** How far a server is trusted that answers liveness checks, and may fail calls all the same. */
export interface Confidence {
  /** Its last calls failed: other servers are preferred. */
  readonly isDoubtful: boolean
  /** The pause after the last failure is over: one call may try the server. */
  readonly isTrialDue: boolean
  /** The server has sent a piece of a reply, which restores the confidence. */
  reportProgress(): void
  /** The time of a call was over. It counts unless the server is sending a reply. */
  reportTimeout(): void
  /** The server failed while it worked on a call. */
  reportFailure(): void
}

/** Milliseconds before the first trial; the pause doubles with each failure that follows. */
const pauseAfterTimeout = 30_000
const pauseAfterFailure = 1_000
const maxPause = 300_000

/** Milliseconds without a piece of a reply after which a server counts as silent. */
const silenceThreshold = 1_000

export function confidence(now: () => number = () => performance.now()): Confidence {
  /** Since the last piece of a reply. */
  let failureCount = 0
  let trialAt = 0
  let lastProgressAt = -Infinity

  function recordFailure(firstPause: number): void {
    // Calls that were sent together fail together, and count as one failure.
    if (failureCount === 0 || now() >= trialAt) failureCount++
    trialAt = now() + Math.min(maxPause, firstPause * 2 ** (failureCount - 1))
  }

  return {
    get isDoubtful() {
      return failureCount > 0
    },
    get isTrialDue() {
      return now() >= trialAt
    },
    reportProgress() {
      failureCount = 0
      lastProgressAt = now()
    },
    reportTimeout() {
      if (now() - lastProgressAt >= silenceThreshold) recordFailure(pauseAfterTimeout)
    },
    reportFailure: () => recordFailure(pauseAfterFailure),
  }
}
