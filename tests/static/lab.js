// Doubles for the tests of the pages' modules: a clock that is moved by hand, sockets without a network, a server's log.
import { Room } from "/static/0/shared/room.js"
import { Live } from "/static/0/shared/socket.js"
import { merge } from "/static/0/shared/merge.js"

export { merge }

/** A tab's numbering that always starts at 1. */
export const sender = (cid = "me") => ({ cid, last: 0, next() { return (this.last += 1) } })

/** A world whose clock, chance and eyes are moved by hand. */
export class World {
  constructor() {
    this.time = 0
    this.timers = []
    this.sockets = []
    this.chance = 0.5
    this.isHidden = false
    this.isOnline = true
    this.wake = () => {}
  }
  open = (url, protocol) => {
    const socket = new Socket(this, url, protocol)
    this.sockets.push(socket)
    return socket
  }
  now = () => this.time
  random = () => this.chance
  hidden = () => this.isHidden
  online = () => this.isOnline
  watch = (wake) => {
    this.wake = wake
    return () => {}
  }
  after = (ms, run) => {
    const timer = { at: this.time + ms, run }
    this.timers.push(timer)
    return () => (this.timers = this.timers.filter((one) => one !== timer))
  }
  /** Let `ms` pass, timer by timer. */
  pass(ms) {
    const end = this.time + ms
    for (;;) {
      const next = this.timers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.timers = this.timers.filter((one) => one !== next)
      this.time = Math.max(this.time, next.at)
      next.run()
    }
    this.time = end
  }
  get socket() {
    return this.sockets.at(-1)
  }
}

/** A WebSocket without a network: what was sent lies in `sent`. */
export class Socket {
  constructor(world, url, protocol) {
    Object.assign(this, { world, url, protocol, readyState: 0, sent: [], closedWith: null })
  }
  /** The handshake is done, the server says welcome and lets us in. */
  accept(...answers) {
    this.readyState = 1
    this.onopen()
    this.hear({ t: "welcome", v: 1, now: new Date().toISOString() })
    for (const answer of answers) this.hear(answer)
  }
  hear(frame) {
    this.onmessage({ data: JSON.stringify(frame) })
  }
  send(text) {
    this.sent.push(JSON.parse(text))
  }
  close(code) {
    this.readyState = 3
    this.closedWith = code
  }
  /** The other side closes. */
  drop(code) {
    this.readyState = 3
    this.onclose({ code })
  }
  of(type) {
    return this.sent.filter((frame) => frame.t === type)
  }
}

export const ev = (n, d, more = {}) => ({ t: "ev", r: "table:1", n, k: "claims.changed", by: "g_2", at: "", d, ...more })
export const snap = (n, d, more = {}) => ({ t: "snap", r: "table:1", e: "x", n, mid: 0, why: "first", d, ...more })

/** A room that has version `n` of `view`. */
export function room(n = 1, view = { a: 1 }, from = sender()) {
  return new Room("table:1", from, { epoch: "x", n, view })
}

/** A line that is up, with its world and room. */
export function line(n = 1, view = { a: 1 }, more = {}) {
  const world = new World()
  const from = sender()
  const table = room(n, view, from)
  const live = new Live({ url: "ws://here/", app: "test", cid: () => from.cid, rooms: [table], world, ...more })
  const statuses = []
  live.onstatus = (status) => statuses.push(status)
  live.start()
  const join = () => world.socket.accept({ t: "resumed", r: "table:1", e: "x", from: table.n, to: table.n, mid: 0 })
  return { world, live, table, statuses, join, from }
}

/** Small random numbers that repeat with their seed. */
export function chance(seed) {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** A server's room: a view, its events, and answers to `sync` and to hellos. */
export class Log {
  constructor(random) {
    this.random = random
    this.view = { lines: {} }
    this.events = []
    this.done = new Set()
  }
  get n() {
    return this.events.length
  }
  change(m) {
    const id = `l_${this.random(5)}`
    const gone = this.random(4) === 0
    const d = { lines: { [id]: gone ? null : { [`g_${this.random(3)}`]: this.random(9) } }, total: this.random(100) }
    this.view = merge(this.view, d)
    const event = ev(this.n + 1, d, m ? { m } : {})
    this.events.push(event)
    return event
  }
  after(n) {
    return this.events.slice(n)
  }
}

/** Whether two views say the same, in whatever order. */
export function same(one, other) {
  if (!one || !other || typeof one !== "object" || typeof other !== "object") return one === other
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => same(one[name], other[name]))
}
