#!/usr/bin/env node
import { run } from './run.ts'

process.exitCode = await run({
  argv: process.argv.slice(2),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  interrupts: process,
})
