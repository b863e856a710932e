import fc from 'fast-check'
import { isLongRun } from './long-run.ts'

// Property tests draw the same cases each time, so that a failure comes from the change. The long
// run draws new cases, and prints its seed when it fails.
fc.configureGlobal(isLongRun ? {} : { seed: 19 })
