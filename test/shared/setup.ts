import fc from 'fast-check'
import { long } from './effort.ts'

// The same cases each time, so that a failure is a failure of the change; the long form draws new
// ones, and prints its seed when it fails.
fc.configureGlobal(long ? {} : { seed: 19 })
