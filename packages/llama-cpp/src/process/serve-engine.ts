// The file that the process of a model runs.

// A terminal and a service manager send these to the app's process as well, which decides what to
// do, and may finish its replies first.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

// The app has ended or wants this process to. Threads of the runtime may still compute.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))

await import('./answer-calls.ts')
