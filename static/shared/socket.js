// @ts-check
// The line to the server: one WebSocket, several rooms, and every rule of the protocol about staying connected.

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").Change} Change */
/**
 * What we need of a WebSocket.
 * @typedef {{readyState: number, send(text: string): void, close(code?: number): void, onopen: any, onmessage: any, onclose: any}} Wire
 */
/** @typedef {"connecting" | "live" | "waiting" | "ended"} State */
/**
 * `late`: how long ago the last sign of life was when the line is not good, in ms; null while all is well.
 * `end`: why we do not come back by ourselves (a close code), when `state` is "ended".
 * @typedef {{state: State, late: number | null, end: number | null}} Status
 */
/**
 * Everything of the outside world that the line needs, so that a test can hold the clock.
 * @typedef {{open(url: string, protocol: string): Wire, now(): number, after(ms: number, run: () => void): () => void, random(): number, hidden(): boolean, online(): boolean, watch(wake: () => void): () => void}} World
 */

const PROTOCOL = "splittable.v1.json"
const SILENCE_MS = 35_000
const ANSWER_MS = 3_000
const UPTIME_MS = 5_000
const BACKOFF_MS = 500
const BACKOFF_MAX_MS = 20_000
const LATE_MS = 4_000
const TICK_MS = 1_000
const FALL_BACK_AFTER = 3
// Below the server's 20 at once and 5 per second, so that answers to heartbeats and questions find room too.
const BURST = 15
const PACE_MS = 250

/** @type {World} */
export const browser = {
  open: (url, protocol) => new WebSocket(url, protocol),
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  random: Math.random,
  hidden: () => document.visibilityState === "hidden",
  online: () => navigator.onLine,
  watch(wake) {
    addEventListener("online", wake)
    addEventListener("pageshow", wake)
    document.addEventListener("visibilitychange", wake)
    return () => {
      removeEventListener("online", wake)
      removeEventListener("pageshow", wake)
      document.removeEventListener("visibilitychange", wake)
    }
  },
}

/**
 * What a close code asks of us: an end, or a wait in ms between two bounds ([0, 0]: our own back-off).
 * @param {number} code
 * @returns {"end" | [number, number]}
 */
export function onClose(code) {
  if (code === 1000 || code === 1001 || code === 1009 || (code >= 4500 && code < 4600)) return "end"
  if (code === 1012) return [300, 8_000]
  return code === 1013 ? [3_000, 10_000] : [0, 0]
}

/** One connection and its rooms. `start()` and `stop()` are symmetric; `onstatus`, `ondraw` and `onchange` tell the page. */
export class Live {
  /**
   * @param {{url: string, app: string, cid: () => string, rooms?: Room[], world?: World, renew?: () => Promise<unknown>, fallback?: () => Promise<Wire>}} options
   *   `renew` makes an expired session good again before we come back; `fallback` is another wire, for networks in
   *   which three sockets in a row were never welcomed.
   */
  constructor({ url, app, cid, rooms = [], world = browser, renew, fallback }) {
    this.url = url
    this.app = app
    this.cid = cid
    this.world = world
    this.renew = renew
    this.fallback = fallback
    this.unwelcome = 0
    /** @type {Map<string, Room>} */
    this.rooms = new Map(rooms.map((room) => [room.name, room]))
    /** @type {(status: Status) => void} */
    this.onstatus = () => {}
    /** @type {(room: Room) => void} something on screen may differ */
    this.ondraw = () => {}
    /** @type {(room: Room, change: Change) => void} an event was applied */
    this.onchange = () => {}
    /** @type {State} */
    this.state = "waiting"
    /** @type {number | null} */
    this.end = null
    /** Server clock minus ours, in ms: countdowns need it. */
    this.ahead = 0
    /** @type {Wire | null} */
    this.socket = null
    this.attempt = 0
    this.opened = 0
    this.heard = world.now()
    /** @type {number | null} since when we wait for an answer to a `sync` */
    this.asked = null
    /** @type {{code: number, retry_ms?: [number, number]} | null} */
    this.bye = null
    /** @type {Set<() => void>} */
    this.timers = new Set()
    /** @type {(() => void) | null} */
    this.comeBack = null
    this.unwatch = () => {}
    this.unpace = () => {}
    this.told = ""
    /** Commands that wait for their turn on this connection, oldest first. @type {{room: Room, frame: Frame}[]} */
    this.queue = []
    /** When the commands sent on this connection will have been paid for, at one per `PACE_MS`. */
    this.paid = 0
  }

  start() {
    this.unwatch = this.world.watch(() => this.#wake())
    this.#tick()
    this.#connect()
  }

  stop() {
    this.unwatch()
    for (const cancel of [...this.timers]) cancel()
    this.timers.clear()
    this.#drop(1000)
    this.state = "ended"
  }

  /** Another room on the same line. A hello names all rooms, so the line starts anew. @param {Room} room */
  add(room) {
    this.rooms.set(room.name, room)
    this.#restart()
  }

  /** @param {string} name */
  remove(name) {
    this.rooms.delete(name)
    this.#restart()
  }

  /**
   * Give a command; it goes out now or as soon as the room is joined. See `Room.command`.
   * @param {Room} room @param {string} k @param {any} d @param {((view: any) => any) | null} [patch]
   */
  command(room, k, d, patch = null) {
    const { frame, done } = room.command(k, d, patch, this.world.now())
    if (room.joined) this.#line(room, [frame])
    this.ondraw(room)
    return done
  }

  /** Come back now, by a person's wish, also after an end. */
  retry() {
    this.end = null
    this.attempt = 0
    this.#connect()
  }

  #restart() {
    this.#drop(1000)
    this.attempt = 0
    if (this.state !== "ended") this.#connect()
  }

  #connect() {
    this.comeBack?.()
    this.comeBack = null
    if (this.socket || this.end !== null) return
    this.#be("connecting")
    if (this.fallback && this.unwelcome >= FALL_BACK_AFTER) this.fallback().then((wire) => this.#use(wire), () => this.#later([0, 0]))
    else this.#use(this.world.open(this.url, PROTOCOL))
  }

  /** @param {Wire} socket */
  #use(socket) {
    if (this.socket || this.state === "ended") return socket.close(1000)
    // Where there is no network at all, a socket that does not open says nothing about sockets.
    if (this.world.online()) this.unwelcome += 1
    this.socket = socket
    this.bye = null
    this.opened = this.world.now()
    this.asked = this.opened
    socket.onopen = () => this.#send({ t: "hello", v: 1, cid: this.cid(), app: this.app, rooms: [...this.rooms.values()].map((room) => room.wish) })
    socket.onmessage = (/** @type {{data: string}} */ message) => this.socket === socket && this.#hear(message.data)
    socket.onclose = (/** @type {{code: number}} */ event) => this.socket === socket && this.#closed(event.code)
  }

  /** @param {string} text */
  #hear(text) {
    /** @type {Frame} */
    let frame
    try {
      frame = JSON.parse(text)
    } catch {
      return
    }
    this.heard = this.world.now()
    this.asked = null
    if (frame.t === "welcome") this.#welcomed(frame)
    if (frame.t === "ping") this.#send({ t: "pong" })
    if (frame.t === "bye") this.bye = /** @type {any} */ (frame)
    const room = frame.r === undefined ? undefined : this.rooms.get(frame.r)
    if (room) this.#deliver(room, frame)
    this.#tell()
  }

  /** @param {Frame} frame */
  #welcomed(frame) {
    this.ahead = frame.now ? Date.parse(frame.now) - Date.now() : 0
    // Once on the other wire we stay there: this network has shown what it does to sockets.
    if (this.unwelcome <= FALL_BACK_AFTER) this.unwelcome = 0
  }

  /** @param {Room} room @param {Frame} frame */
  #deliver(room, frame) {
    const outcome = room.receive(frame)
    this.#line(room, outcome.send)
    for (const change of outcome.changes) this.onchange(room, change)
    if (outcome.gap) this.#after(150 + this.world.random() * 250, () => room.hasGap && this.#ask([room]))
    if (outcome.retry !== null) this.#again(room, outcome.retry)
    if (room.joined && this.state === "connecting") this.#be("live")
    if (outcome.drawn) this.ondraw(room)
  }

  /** The server asked for patience with this command. @param {Room} room @param {number} id */
  #again(room, id) {
    this.#after(500 + this.world.random() * 1_500, () => {
      const frame = room.joined ? room.again(id, this.world.now()) : null
      if (frame) this.#line(room, [frame])
    })
  }

  /** Send; commands one behind the other and not faster than the server takes them. @param {Room} room @param {Frame[]} frames */
  #line(room, frames) {
    const idle = this.queue.length === 0
    for (const frame of frames) {
      if (frame.t === "do") this.queue.push({ room, frame })
      else this.#send(frame)
    }
    if (idle) this.#pace()
  }

  /** Send what waits, as far as the pace allows, and come back for the rest. */
  #pace() {
    for (let next = this.queue[0]; next; next = this.queue[0]) {
      const now = this.world.now()
      const wait = this.paid - now - (BURST - 1) * PACE_MS
      if (wait > 0) {
        this.unpace = this.#after(wait, () => this.#pace())
        return
      }
      this.queue.shift()
      // Meanwhile its own event may have come, or the room may have been left.
      if (!next.room.joined || !next.room.pending.has(next.frame.id ?? 0)) continue
      this.paid = Math.max(this.paid, now) + PACE_MS
      this.#send(next.frame)
    }
  }

  /** @param {number} code */
  #closed(code) {
    const said = this.bye?.code ?? code
    const range = this.bye?.retry_ms
    const up = this.world.now() - this.opened
    this.#lose()
    if (up >= UPTIME_MS) this.attempt = 0
    const wanted = onClose(said)
    if (wanted === "end") {
      this.end = said
      this.#be("ended")
    } else if (said === 4441 && this.renew) this.renew().then(() => this.#later([0, 0]), () => this.#later([0, 0]))
    else this.#later(range ?? wanted)
  }

  /** Come back after a random wait: the server's bounds if it gave some, else full jitter. @param {[number, number]} bounds */
  #later([least, most]) {
    this.#be("waiting")
    const full = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** this.attempt)
    const wait = most ? least + this.world.random() * (most - least) : this.world.random() * full
    this.attempt += 1
    // Nobody looks: no need to come back before somebody does (`#wake`).
    this.comeBack = this.#after(wait, () => this.world.hidden() || this.#connect())
  }

  /** Somebody looks again, or the network is back: ask at once whether we are still up to date. */
  #wake() {
    if (this.world.hidden()) return
    if (this.socket) this.#ask(this.rooms.values())
    else if (this.end === null) {
      this.attempt = 0
      this.#connect()
    }
    this.#tell()
  }

  /** @param {Iterable<Room>} rooms */
  #ask(rooms) {
    for (const room of rooms) if (room.joined) this.#send(room.sync)
    this.asked ??= this.world.now()
  }

  /** Once a second: notice silence, unanswered questions and unanswered commands. */
  #tick() {
    this.#after(TICK_MS, () => {
      this.#watch(this.world.now())
      this.#tell()
      this.#tick()
    })
  }

  /** @param {number} now */
  #watch(now) {
    if (!this.socket || this.world.hidden()) return
    const patience = this.state === "live" ? ANSWER_MS : 3 * ANSWER_MS
    if (this.asked !== null && now - this.asked >= patience) return this.#reconnect()
    const waiting = [...this.rooms.values()].filter((room) => room.joined && now - (room.waitingSince ?? now) >= ANSWER_MS)
    if (this.state === "live" && this.asked === null && (waiting.length > 0 || now - this.heard >= SILENCE_MS)) {
      this.#ask(waiting.length ? waiting : this.rooms.values())
      for (const room of waiting) for (const one of room.pending.values()) one.at = now
    }
  }

  #reconnect() {
    this.#drop(1000)
    this.#later([0, 0])
  }

  /** @param {number} code */
  #drop(code) {
    const socket = this.socket
    this.#lose()
    if (socket) socket.close(code)
  }

  #lose() {
    this.socket = null
    this.asked = null
    // Rooms give what is pending again when they are joined again.
    this.unpace()
    this.queue = []
    this.paid = 0
    for (const room of this.rooms.values()) room.lost()
  }

  /** @param {Frame} frame */
  #send(frame) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(frame))
  }

  /** @param {number} ms @param {() => void} run */
  #after(ms, run) {
    const cancel = this.world.after(ms, () => {
      this.timers.delete(cancel)
      run()
    })
    this.timers.add(cancel)
    return () => {
      cancel()
      this.timers.delete(cancel)
    }
  }

  /** @param {State} state */
  #be(state) {
    this.state = state
    this.#tell()
  }

  /** Tell the page, in whole seconds and only when something differs. */
  #tell() {
    const now = this.world.now()
    const doubt = this.state !== "live" || (this.asked !== null && now - this.asked >= TICK_MS)
    const late = doubt && now - this.heard >= LATE_MS ? Math.floor((now - this.heard) / 1000) * 1000 : null
    const status = { state: this.state, late, end: this.end }
    const words = JSON.stringify(status)
    if (words === this.told) return
    this.told = words
    this.onstatus(status)
  }
}
