import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A mirror of the distribution's own archive, as the machine's sources have it. */
export interface Archive {
  readonly uri: string
  /**
   * The key as those sources name it, or the whole of it; absent where apt's own keyring is
   * trusted.
   */
  readonly signedBy?: string
}

/**
 * What an archive has to have to be the distribution's own rather than a vendor's, and where it
 * keeps llama.cpp.
 */
export interface Distribution {
  readonly name: string
  /** Releases it may be set to; a machine says its own. */
  readonly releases: readonly string[]
  readonly component: string
  /**
   * The release and its components that carry llama.cpp: one that every mirror has, whatever this
   * machine runs.
   */
  readonly suite: string
  readonly components: string
}

/**
 * Absent for systems whose packages are not Debian's. `osRelease` is the text of /etc/os-release.
 */
export function distribution(osRelease: string): Distribution | undefined {
  const said = Object.fromEntries(
    [...osRelease.matchAll(/^(\w+)="?([^"\n]*)"?$/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  )
  const kin = `${said.ID ?? ''} ${said.ID_LIKE ?? ''}`.split(' ')
  const own = [said.UBUNTU_CODENAME, said.VERSION_CODENAME].filter((name) => name !== undefined)
  if (kin.includes('ubuntu'))
    return {
      name: 'Ubuntu',
      releases: [...own, 'devel'],
      component: 'universe',
      suite: 'devel',
      components: 'main universe',
    }
  if (kin.includes('debian'))
    return {
      name: 'Debian',
      releases: [...own, 'stable', 'testing', 'unstable', 'sid'],
      component: 'main',
      suite: 'forky',
      components: 'main',
    }
  return undefined
}

/** The distribution's archives that this machine gets its packages from; `folder` is apt's own. */
export function archives(
  { releases, component }: Distribution,
  folder = '/etc/apt',
): readonly Archive[] {
  const parts = join(folder, 'sources.list.d')
  const files = [
    join(folder, 'sources.list'),
    ...(existsSync(parts)
      ? readdirSync(parts)
          .toSorted()
          .map((name) => join(parts, name))
      : []),
  ]
  const listed = files
    .filter((path) => /\.(list|sources)$/.test(path) && existsSync(path))
    .flatMap((path) => (path.endsWith('.list') ? lines : stanzas)(readFileSync(path, 'utf8')))
  const fitting = listed.filter(
    ({ suites, components }) =>
      suites.some((suite) => releases.includes(suite)) && components.includes(component),
  )
  const byUri = new Map(
    fitting.flatMap(({ uris, signedBy }) =>
      uris.map((uri) => [uri, { uri, ...(signedBy !== undefined && { signedBy }) }]),
    ),
  )
  return [...byUri.values()]
}

interface Source {
  readonly uris: readonly string[]
  readonly suites: readonly string[]
  readonly components: readonly string[]
  readonly signedBy?: string | undefined
}

/** @see `man 5 sources.list`, one-line-style format */
function lines(text: string): readonly Source[] {
  return [...text.matchAll(/^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#\n]+)/gm)].map(
    ([, options = '', uri = '', suite = '', components = '']) => ({
      uris: [uri],
      suites: [suite],
      components: components.trim().split(/\s+/),
      signedBy: /signed-by=(\S+)/i.exec(options)?.[1],
    }),
  )
}

/** @see `man 5 sources.list`, deb822-style format */
function stanzas(text: string): readonly Source[] {
  return text
    .replaceAll(/^#.*\n?/gm, '')
    .split(/\n\s*\n/)
    .flatMap((stanza) => {
      // A line that begins with white space goes on with the field before it.
      const fields = Object.fromEntries(
        [...stanza.matchAll(/^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm)].map(
          ([, name = '', value = '']) => [name.toLowerCase(), value.trimEnd()],
        ),
      )
      const words = (name: string) => (fields[name] ?? '').split(/\s+/).filter(Boolean)
      if (!words('types').includes('deb') || fields.enabled === 'no') return []
      return [
        {
          uris: words('uris'),
          suites: words('suites'),
          components: words('components'),
          signedBy: fields['signed-by'],
        },
      ]
    })
}
