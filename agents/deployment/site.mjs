// Serves the files in public/ beside it: a site of plain files on this machine.
//
// It runs as every app's server does: PORT and HOST say where, /api/health says which build
// answers, SIGTERM ends it once what is under way is answered.

import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, sep } from 'node:path'

const here = import.meta.dirname
const root = join(await realpath(here), 'public')
const { build } = JSON.parse(readFileSync(join(here, 'public', '__version.json'), 'utf8'))
const health = JSON.stringify({ ok: true, build })
const drain = 7_000

const text = (kind) => `${kind}; charset=utf-8`
const kinds = {
  avif: 'image/avif', css: text('text/css'), csv: text('text/csv'), gif: 'image/gif',
  htm: text('text/html'), html: text('text/html'), ico: 'image/x-icon', jpeg: 'image/jpeg',
  jpg: 'image/jpeg', js: text('text/javascript'), json: 'application/json',
  map: 'application/json', md: text('text/markdown'), mjs: text('text/javascript'),
  mp3: 'audio/mpeg', mp4: 'video/mp4', ogg: 'audio/ogg', otf: 'font/otf', pdf: 'application/pdf',
  png: 'image/png', svg: 'image/svg+xml', ttf: 'font/ttf', txt: text('text/plain'),
  wasm: 'application/wasm', wav: 'audio/wav', webm: 'video/webm',
  webmanifest: 'application/manifest+json', webp: 'image/webp', woff: 'font/woff',
  woff2: 'font/woff2', xml: text('application/xml'), zip: 'application/zip',
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error)
    if (response.headersSent) response.destroy()
    else say(request, response, 500, 'text/plain', 'this site is broken here\n')
  })
})

async function answer(request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return say(request, response, 405, 'text/plain', 'only GET and HEAD\n')
  }
  const [path, query] = halves(request.url)
  if (path === '/api/health') return say(request, response, 200, 'application/json', health)
  const wanted = named(path)
  const found = wanted && (await file(wanted))
  if (found) return send(request, response, 200, found)
  if (wanted && !path.endsWith('/') && (await file(join(wanted, 'index.html')))) {
    // Without the slash the page's own relative addresses would lead elsewhere.
    response.setHeader('location', `${path.replace(/^\/+/, '/')}/${query}`)
    return say(request, response, 308, 'text/plain', '')
  }
  const page = await file(join(root, '404.html'))
  if (page) return send(request, response, 404, page)
  return say(request, response, 404, 'text/plain', 'there is nothing here\n')
}

function halves(url) {
  const at = url.indexOf('?')
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at)]
}

// The place in root that a path names; nothing for what is no path, or leads out or to what hides.
function named(path) {
  try {
    const plain = decodeURIComponent(path)
    const hides = plain.split('/').some((each) => each.startsWith('.') && each !== '.well-known')
    const place = join(root, plain)
    const inside = place === root || place.startsWith(root + sep)
    return inside && !hides && !place.includes('\0') ? place : undefined
  } catch {
    return undefined
  }
}

// The file there, or the page of that name; of a folder, when the path ends so, its start page.
async function file(place) {
  for (const each of place.endsWith(sep) || place === root
    ? [join(place, 'index.html')]
    : [place, `${place}.html`]) {
    const about = await stat(each).catch(() => undefined)
    if (about?.isFile()) return { path: each, about }
  }
  return undefined
}

function send(request, response, status, { path, about }) {
  const same = `${build} ${path} ${about.size}`
  const tag = `"${createHash('sha256').update(same).digest('hex').slice(0, 22)}"`
  response.setHeader('etag', tag)
  response.setHeader('cache-control', 'public, max-age=0, must-revalidate')
  response.setHeader('x-content-type-options', 'nosniff')
  if (status === 200 && request.headers['if-none-match'] === tag) {
    response.writeHead(304).end()
    return
  }
  response.setHeader('accept-ranges', 'bytes')
  const kind = kinds[extname(path).slice(1).toLowerCase()] ?? 'application/octet-stream'
  response.setHeader('content-type', kind)
  const part = status === 200 ? range(request.headers.range, about.size) : undefined
  if (part === null) {
    response.setHeader('content-range', `bytes */${about.size}`)
    response.writeHead(416).end()
    return
  }
  const { start, end } = part ?? { start: 0, end: about.size - 1 }
  if (part) response.setHeader('content-range', `bytes ${start}-${end}/${about.size}`)
  response.setHeader('content-length', end - start + 1)
  response.writeHead(part ? 206 : status)
  if (request.method === 'HEAD' || end < start) {
    response.end()
    return
  }
  const stream = createReadStream(path, { start, end })
  stream.on('error', () => response.destroy())
  response.on('close', () => stream.destroy())
  stream.pipe(response)
}

// The one part that is asked for; nothing for all of it, null for what is not there.
function range(header, size) {
  const asked = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!asked || (!asked[1] && !asked[2])) return undefined
  const start = asked[1] ? Number(asked[1]) : Math.max(0, size - Number(asked[2]))
  const end = asked[1] && asked[2] ? Math.min(Number(asked[2]), size - 1) : size - 1
  return start <= end ? { start, end } : null
}

function say(request, response, status, kind, body) {
  response.setHeader('content-type', text(kind))
  response.setHeader('content-length', Buffer.byteLength(body))
  response.setHeader('cache-control', 'no-store')
  response.writeHead(status).end(request.method === 'HEAD' ? undefined : body)
}

process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  setTimeout(() => process.exit(0), drain).unref()
})
server.keepAliveTimeout = 65_000
server.listen(Number(process.env.PORT), process.env.HOST ?? '127.0.0.1', () => {
  console.log(`build ${build} listens on port ${process.env.PORT}`)
})
