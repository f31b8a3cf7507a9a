// @ts-check
import { batch, signal } from "../vendor/ui.js"
import { Live, browser } from "./socket.js"
import { Room } from "./room.js"
import { Sender } from "./sender.js"

/** @typedef {import("./socket.js").Status} Status */
/** @typedef {import("./types.js").Change} Change */
/** @typedef {{epoch: string, n: number, view: any}} Known */

/** One room on screen: `view` is the confirmed view with what is on its way on top. */
export class Shown {
  /** @param {Room} room */
  constructor(room) {
    this.room = room
    /** @type {{value: any}} */
    this.view = signal(room.shown)
    /** Commands on their way, as `{id, k, d}`. @type {{value: {id: number, k: string, d: any}[]}} */
    this.pending = signal([])
    /** @type {{value: ReadonlySet<string>}} ids of those who are here */
    this.present = signal(room.present)
    this.joined = signal(false)
    /** @type {{value: string | null}} why the server does not let us in */
    this.barred = signal(null)
    /** @type {(change: Change, before: any) => void} an event was applied; `before` is the view it met */
    this.onchange = () => {}
  }

  draw() {
    batch(() => {
      this.view.value = this.room.shown
      this.pending.value = [...this.room.pending.values()].map(({ id, k, d }) => ({ id, k, d }))
      this.present.value = this.room.present
      this.joined.value = this.room.joined
      this.barred.value = this.room.barred
    })
  }
}

/** Everything of one page: the line to the server, its rooms and its good or bad health, as signals. */
export class Store {
  /** @param {{app: string, url?: string, world?: import("./socket.js").World, renew?: () => Promise<unknown>, sender?: Sender}} options */
  constructor({ app, url = liveUrl(), world = browser, renew, sender = new Sender() }) {
    this.sender = sender
    this.world = world
    /** @type {Map<string, Shown>} */
    this.rooms = new Map()
    this.status = signal(/** @type {Status} */ ({ state: "waiting", late: null, end: null }))
    const fallback = () => import("./poll.js").then(({ PollSocket }) => new PollSocket())
    this.live = new Live({ url, app, world, renew, cid: () => sender.cid, fallback })
    this.live.onstatus = (status) => {
      this.status.value = status
      for (const shown of this.rooms.values()) shown.draw()
    }
    this.live.ondraw = (room) => this.rooms.get(room.name)?.draw()
    this.live.onchange = (room, change) => {
      const shown = this.rooms.get(room.name)
      shown?.onchange(change, shown.view.value)
    }
  }

  /** Enter a room, with what the page already knows of it. Call before `start`, or the line starts anew. @param {string} name @param {Known} [known] */
  open(name, known) {
    const room = new Room(name, this.sender, known)
    const shown = new Shown(room)
    this.rooms.set(name, shown)
    for (const one of this.sender.waiting) if (one.r === name) room.adopt(one, this.world.now())
    this.sender.waiting = this.sender.waiting.filter((one) => one.r !== name)
    if (this.live.socket) this.live.add(room)
    else this.live.rooms.set(name, room)
    return shown
  }

  /** @param {string} name */
  close(name) {
    this.rooms.delete(name)
    this.live.remove(name)
  }

  /** Give a command; see `Room.command`. Rejects with `Refused`. @param {Shown} shown @param {string} k @param {any} [d] @param {((view: any) => any) | null} [patch] */
  command(shown, k, d = {}, patch = null) {
    return this.live.command(shown.room, k, d, patch)
  }

  start() {
    addEventListener("pagehide", () => this.#keep())
    document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? this.#keep() : this.sender.reclaim()))
    addEventListener("pageshow", () => this.sender.reclaim())
    this.live.start()
  }

  stop() {
    this.live.stop()
  }

  /** This tab goes on under a new name, after another one has taken ours. */
  takeOver() {
    this.sender.renew()
    this.live.retry()
  }

  /** The server's clock, in ms since 1970. */
  get now() {
    return Date.now() + this.live.ahead
  }

  #keep() {
    const waiting = [...this.rooms.values()].flatMap(({ room }) =>
      [...room.pending.values()].filter((one) => one.acked === null).map(({ id, k, d }) => ({ id, k, d, r: room.name })))
    this.sender.keep(waiting)
  }
}

/** Where the socket is, beside the page. */
export function liveUrl() {
  const url = new URL("/api/v1/live", location.href)
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:"
  return url.href
}
